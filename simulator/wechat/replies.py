"""Passive replies: decrypted, verified, checked, and shown in the chat."""

import secrets
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..people import Person
from ..world import Account, World
from . import crypto, envelope
from .envelope import Malformed, Message

WORDS: dict[str, str] = tomllib.loads((Path(__file__).parent / "words.toml").read_text())
MEDIA_PATH = "/mmbiz_pic/"
COMMON = ("ToUserName", "FromUserName", "CreateTime", "MsgType")
ENCRYPTED = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")


def read(account: Account, query: dict[str, str], reply: bytes) -> Message:
    """Return the message a reply to a push bears; Malformed if WeChat would not take it.

    A push sent encrypted wants an encrypted reply, in the account's own format.
    """
    told = envelope.read(reply, account.format)
    if "encrypt_type" in query:
        told = envelope.read(opened(account, query, told), account.format)
    lacking = [key for key in COMMON if not told.get(key)]
    if lacking:
        raise Malformed(f"lacks {', '.join(lacking)}")
    if told["ToUserName"] != query["openid"] or told["FromUserName"] != account.original_id:
        raise Malformed("sender and receiver are not those of the push, exchanged")
    if told["MsgType"] not in SHOWN or not str(told["CreateTime"]).isdigit():
        raise Malformed("unknown MsgType, or CreateTime is no number")
    return told


def opened(account: Account, query: dict[str, str], told: Message) -> bytes:
    """Verify and decrypt the envelope of an encrypted reply."""
    if any(not isinstance(told.get(key), str | int) for key in ENCRYPTED):
        raise Malformed("not encrypted, though the push was")
    if str(told["Nonce"]) != query["nonce"]:
        raise Malformed("nonce is not that of the push")
    parts = (account.token, str(told["TimeStamp"]), query["nonce"], str(told["Encrypt"]))
    if not secrets.compare_digest(crypto.signature(*parts), str(told["MsgSignature"])):
        raise Malformed("wrong signature")
    try:
        message, appid = crypto.unseal(str(told["Encrypt"]), account.aes_key)
    except crypto.Garbled as error:
        raise Malformed(str(error)) from None
    if appid != account.appid:
        raise Malformed("encrypted for another appid")
    return message


def show(world: World, account: Account, person: Person, reply: Message) -> None:
    """Write a passive reply into the person's chat."""
    try:
        line = SHOWN[reply["MsgType"]](reply)
    except (KeyError, TypeError):
        line = {"kind": "note", "side": "note", "text": WORDS["unavailable"]}
    world.say(person, **({"side": "account", "account": account.kind} | line))


def one_or_more(value: Any) -> list[Any]:
    """Return a list, whether a list or a single thing was told."""
    return value if isinstance(value, list) else [value]


def picture(media_id: str, **more: Any) -> dict[str, Any]:
    """Return the chat line of a picture that lies among the media."""
    return {"kind": "image", "media_id": media_id, "url": MEDIA_PATH + media_id} | more


def sound(media_id: str, text: str = "", **more: Any) -> dict[str, Any]:
    """Return the chat line of a voice message; `text` is what was understood of it."""
    url = MEDIA_PATH + media_id
    return {"kind": "voice", "media_id": media_id, "url": url, "text": text} | more


def news(reply: Message) -> dict[str, Any]:
    """Return the chat line of a news card."""
    items = one_or_more(reply["Articles"]["item"])[:1]
    return {
        "kind": "news",
        "articles": [
            {
                "title": item["Title"],
                "description": item.get("Description") or "",
                "picture": item.get("PicUrl") or "",
                "url": item.get("Url") or "",
            }
            for item in items
        ],
    }


def titled(kind: str) -> Callable[[Message], dict[str, Any]]:
    """Return a function that shows a film or a song by its title."""
    name = kind.capitalize()
    return lambda reply: {
        "kind": "text",
        "text": WORDS[kind].format(title=reply[name].get("Title") or ""),
    }


SHOWN: dict[str, Callable[[Message], dict[str, Any]]] = {
    "text": lambda reply: {"kind": "text", "text": reply["Content"]},
    "image": lambda reply: picture(reply["Image"]["MediaId"]),
    "voice": lambda reply: sound(reply["Voice"]["MediaId"]),
    "video": titled("video"),
    "music": titled("music"),
    "news": news,
    "transfer_customer_service": lambda _: {
        "kind": "note",
        "side": "note",
        "text": WORDS["handed_over"],
    },
}
