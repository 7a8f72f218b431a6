"""A push and its answer on the wire: bytes ↔ Message and Reply, without any I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from base.errors import BadRequest, Forbidden
from config.settings import Settings
from handlers.exchange import Card, Message, Reply, Silence, Text, Transfer

from . import body, frame
from .body import Fields, Format

ACCEPTED = "success"
_OF_ACCOUNT = ("appid", "token", "aes_key", "mode")


class ForgedPush(Forbidden):
    """Its signature, its key or the appid inside is not ours."""

    code = "forged_push"


class WrongMode(Forbidden):
    """Genuine or not, it came in another encryption mode than this address is set to."""

    code = "wrong_mode"


class StalePush(Forbidden):
    """It was signed too long ago, or in the future."""

    code = "stale_push"


class UnreadablePush(BadRequest):
    """Not XML or JSON of the platform's shape."""

    code = "unreadable_push"


@dataclass(frozen=True, slots=True)
class Channel:
    """One push address: its account, keys, mode and format; a window of 0 takes any age."""

    account: Literal["oa", "mp"]
    appid: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    mode: Literal["safe", "compatible", "plain"] = "safe"
    format: Format = "xml"
    window_seconds: int = 900


@dataclass(frozen=True, slots=True)
class Query:
    """What the platform puts into the address of a push."""

    signature: str
    msg_signature: str
    timestamp: str
    nonce: str


def channel(settings: Settings, account: Literal["oa", "mp"]) -> Channel:
    """The push address of an account, as the settings describe it; checked when they were read."""
    found = {name: getattr(settings, f"wechat_{account}_{name}") for name in _OF_ACCOUNT}
    form: Format = "json" if account == "mp" and settings.wechat_mp_format == "json" else "xml"
    return Channel(
        account, **found, format=form, window_seconds=settings.wechat_push_window_seconds
    )


def greet(channel: Channel, query: Query, echo: str, now: datetime) -> bytes:
    """Answer the platform's check of our address; raises ForgedPush, StalePush."""
    _check(channel, query.signature, query)
    _fresh(channel, query, now)
    return echo.encode()


def read(channel: Channel, query: Query, raw: bytes, now: datetime) -> Message:
    """The message in a push, verified as the channel's mode demands.

    Raises UnreadablePush, WrongMode, ForgedPush or StalePush and nothing else, whatever the bytes.
    In compatible mode the plain copy is not authenticated and therefore never read.
    """
    outer = _parse(raw, channel.format)
    if _mode(outer) != channel.mode:
        raise WrongMode
    if channel.mode == "plain":
        _check(channel, query.signature, query)
        fields = outer
    else:
        fields = _open(channel, query, str(outer["Encrypt"]))
    _fresh(channel, query, now)
    return message(channel.account, channel.appid, fields)


def _mode(outer: Fields) -> str:
    """Which mode a body is of: enciphered alone, beside a plain copy, or not at all."""
    if "Encrypt" not in outer:
        return "plain"
    return "compatible" if "MsgType" in outer else "safe"


def _parse(raw: bytes, form: Format) -> Fields:
    try:
        return body.parse(raw, form)
    except body.BadBody as error:
        raise UnreadablePush from error


def _check(channel: Channel, signature: str, query: Query, *more: str) -> None:
    try:
        genuine = frame.signed(signature, channel.token, query.timestamp, query.nonce, *more)
    except UnicodeEncodeError as error:
        raise ForgedPush from error
    if not genuine:
        raise ForgedPush


def _open(channel: Channel, query: Query, encrypted: str) -> Fields:
    _check(channel, query.msg_signature, query, encrypted)
    try:
        inner = frame.decipher(encrypted, channel.aes_key, channel.appid)
    except frame.BadFrame as error:
        raise ForgedPush from error
    return _parse(inner, channel.format)


def _fresh(channel: Channel, query: Query, now: datetime) -> None:
    sent = query.timestamp
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):
        raise StalePush
    if 0 < channel.window_seconds < abs(now.timestamp() - int(sent)):
        raise StalePush


def message(account: Literal["oa", "mp"], appid: str, fields: Fields) -> Message:
    """Fields as a Message; raises UnreadablePush when type, sender or moment is missing.

    A moment of more than ten digits is none: it lies beyond the year 2286.
    """
    kind, sender, created = (
        _text(fields, name) for name in ("MsgType", "FromUserName", "CreateTime")
    )
    if not (kind and sender and created.isascii() and created.isdigit() and len(created) <= 10):
        raise UnreadablePush
    return Message(
        identity=body.identity(appid, fields),
        account=account,
        sender=sender,
        recipient=_text(fields, "ToUserName"),
        kind=kind.lower(),
        event=_text(fields, "Event").lower(),
        created=int(created),
        fields=fields,
    )


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def render(reply: Reply, to: Message, form: Format, now: datetime) -> str:
    """A reply as the platform reads it inside the envelope; silence is "success".

    A mini-program shows no passive reply but the transfer to human staff.
    """
    said = _said(reply)
    if said is None or (to.account == "mp" and not isinstance(reply, Transfer)):
        return ACCEPTED
    head = {"ToUserName": to.sender, "FromUserName": to.recipient}
    return body.write(head | {"CreateTime": int(now.timestamp())} | said, form)


def _said(reply: Reply) -> Fields | None:
    match reply:
        case Silence():
            return None
        case Text(words=words):
            return {"MsgType": "text", "Content": words}
        case Card(title=title, words=words, link=link):
            article = {"Title": title, "Description": words, "PicUrl": "", "Url": link}
            return {"MsgType": "news", "ArticleCount": 1, "Articles": [article]}
        case Transfer():
            return {"MsgType": "transfer_customer_service"}
        case _:
            raise TypeError(type(reply).__name__)


def seal(rendered: str, channel: Channel, nonce: str, now: datetime) -> bytes:
    """The rendered reply as the channel's mode sends it; "success" goes bare in every mode."""
    if rendered == ACCEPTED or channel.mode == "plain":
        return rendered.encode()
    encrypted = frame.encipher(rendered, channel.aes_key, channel.appid)
    stamp = int(now.timestamp())
    wrapped: dict[str, Any] = {
        "Encrypt": encrypted,
        "MsgSignature": frame.sign(channel.token, str(stamp), nonce, encrypted),
        "TimeStamp": stamp,
        "Nonce": nonce,
    }
    return body.write(wrapped, channel.format).encode()
