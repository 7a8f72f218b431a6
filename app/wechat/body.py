"""The text inside a push and a passive reply: XML or JSON ↔ plain fields."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from . import xml

Format = Literal["xml", "json"]
Fields = dict[str, Any]

_LISTS = ("List", "item", "detail")
_NESTS = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")
_EVENT_KEY = (
    "Event",
    "FromUserName",
    "CreateTime",
    "EventKey",
    "MsgID",
    "trace_id",
    "OpenID",
)
_DEEPEST = 12
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadBody(ValueError):
    """Neither XML nor JSON of the platform's shape."""


def parse(body: bytes, form: Format) -> Fields:
    """Fields with stripped keys and text values, one-or-many as lists; raises BadBody.

    Entity declarations, trees deeper than twelve and text that is not Unicode are refused.
    """
    try:
        found = _json(body) if form == "json" else xml.read(body)
    except (ValueError, RecursionError) as error:
        raise BadBody(type(error).__name__) from error
    if not isinstance(found, dict):
        raise BadBody("root")
    fields: Fields = _tidy(found, 0)
    for nest in _NESTS:
        inner = fields.pop(nest, None)
        if isinstance(inner, dict):
            fields |= {key: value for key, value in inner.items() if key == "List"}
    return fields


def _json(body: bytes) -> Any:
    """JSON, all of whose text can be written again; raises ValueError."""
    found = json.loads(body)
    json.dumps(found, ensure_ascii=False).encode()
    return found


def _tidy(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value
    if depth > _DEEPEST:
        raise BadBody("depth")
    if isinstance(value, dict):
        return {key.strip(): _field(key.strip(), each, depth) for key, each in value.items()}
    if isinstance(value, list):
        return [_tidy(each, depth + 1) for each in value]
    return "" if value is None else str(value)


def _field(name: str, value: Any, depth: int) -> Any:
    if name in _LISTS and not isinstance(value, list):
        value = [] if value in (None, "") else [value]
    return _tidy(value, depth + 1)


def identity(appid: str, fields: Mapping[str, Any]) -> str:
    """The fingerprint of a push, the same for every delivery of it and for no other push.

    Wider than the platform's own advice (MsgId, or sender and second): two events of one second,
    and events that all come from the platform's push account, stay apart.
    """
    if fields.get("MsgId"):
        parts = [appid, "message", fields["MsgId"]]
    else:
        rest = {name: fields[name] for name in sorted(fields) if name not in _EVENT_KEY}
        digest = hashlib.sha256(json.dumps(rest, ensure_ascii=False, sort_keys=True).encode())
        parts = [appid, "event", *(fields.get(name, "") for name in _EVENT_KEY), digest.hexdigest()]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def write(fields: Mapping[str, Any], form: Format) -> str:
    """Fields as the platform reads them back: text in CDATA, numbers bare, lists as items."""
    if form == "json":
        return json.dumps(fields, ensure_ascii=False)
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_element(value)}</{name}>" for name, value in fields.items())


def _element(value: Any) -> str:
    if isinstance(value, dict):
        return _elements(value)
    if isinstance(value, list):
        return "".join(f"<item>{_element(each)}</item>" for each in value)
    return str(value) if isinstance(value, int) else cdata(str(value))


def cdata(text: str) -> str:
    """Text in CDATA that nothing in it can end early; characters XML forbids are left out."""
    safe = text if text.isprintable() else _NOT_XML.sub("", text)
    return f"<![CDATA[{safe.replace(']]>', ']]]]><![CDATA[>')}]]>"
