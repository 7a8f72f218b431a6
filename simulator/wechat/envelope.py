"""Messages as WeChat writes them on the wire: XML with CDATA, or JSON."""

import json
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

Message = dict[str, Any]
EVENT_LISTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}


@dataclass(frozen=True)
class Shape:
    """How JSON is written where the platform's own samples differ from one another.

    `lists`: a List of one entry as "object" or "array"; `numbers`: "usual", all as "text", or all
    digits as "number"; `spaced`: every key but the first four begins with a space.
    """

    lists: str = "object"
    numbers: str = "usual"
    spaced: bool = False


USUAL = Shape()
COMMON = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "Encrypt")


class Malformed(Exception):
    """A text is not the message it should be; the text says why."""


def write(message: Message, form: str, shape: Shape = USUAL) -> bytes:
    """Write a message as "xml" or "json".

    The key `List` of the subscription events is nested in XML, at the top in JSON, where a single
    entry stands alone as an object.
    """
    wrapper = EVENT_LISTS.get(message.get("Event", ""))
    if form == "json":
        if wrapper and len(message["List"]) == 1 and shape.lists == "object":
            message = message | {"List": message["List"][0]}
        message = {
            f" {key}" if shape.spaced and key not in COMMON else key: shaped(value, shape.numbers)
            for key, value in message.items()
        }
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if wrapper:
        rest = {key: value for key, value in message.items() if key != "List"}
        message = rest | {wrapper: {"List": message["List"]}}
    return element("xml", message).encode()


def shaped(value: Any, numbers: str) -> Any:
    """Return a value with its numbers as text, or its digits as numbers, wherever they stand."""
    if isinstance(value, dict):
        return {key: shaped(one, numbers) for key, one in value.items()}
    if isinstance(value, list):
        return [shaped(one, numbers) for one in value]
    if numbers == "text" and isinstance(value, int | float):
        return str(value)
    if numbers == "number" and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value


def element(name: str, value: Any) -> str:
    """Write one XML element: text as CDATA, numbers bare, a list as repeated elements."""
    if isinstance(value, list):
        return "".join(element(name, one) for one in value)
    if isinstance(value, dict):
        inside = "".join(element(key, one) for key, one in value.items())
    elif isinstance(value, int | float):
        inside = str(value)
    else:
        inside = cdata(str(value))
    return f"<{name}>{inside}</{name}>"


def cdata(text: str) -> str:
    """Wrap text in CDATA, split where it would end one."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def read(body: bytes, form: str) -> Message:
    """Read a message written as "xml" (root `xml`) or "json"; Malformed otherwise."""
    try:
        told = json.loads(body) if form == "json" else xmltodict.parse(body).get("xml")
    except (ValueError, ExpatError) as error:
        raise Malformed(str(error)) from None
    if not isinstance(told, dict):
        raise Malformed("no message inside")
    return told
