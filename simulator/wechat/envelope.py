"""Messages as WeChat writes them on the wire: XML with CDATA, or JSON."""

import json
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

Message = dict[str, Any]
EVENT_LISTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}


class Malformed(Exception):
    """A text is not the message it should be; the text says why."""


def write(message: Message, form: str) -> bytes:
    """Write a message as "xml" or "json".

    The key `List` of the subscription events is nested in XML, at the top in JSON, where a single
    entry stands alone as an object.
    """
    wrapper = EVENT_LISTS.get(message.get("Event", ""))
    if form == "json":
        if wrapper and len(message["List"]) == 1:
            message = message | {"List": message["List"][0]}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if wrapper:
        rest = {key: value for key, value in message.items() if key != "List"}
        message = rest | {wrapper: {"List": message["List"]}}
    return element("xml", message).encode()


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
