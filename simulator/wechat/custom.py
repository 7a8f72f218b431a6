"""Customer-service messages: allowed only in the windows a person's own act opens."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from ..world import here
from . import replies, windows
from .api import DONE, Answer, WeChatError, addressee, caller, posted

blueprint = Blueprint("wechat_custom", __name__)

LONGEST_BYTES = 2048
Line = dict[str, Any]


@blueprint.route("/cgi-bin/message/custom/send", methods=["GET", "POST"])
def send() -> Answer:
    """Send a customer-service message and spend one of the window's messages."""
    account, told, world = caller(), posted(), here()
    person = addressee(account, told.get("touser"))
    line = composed(account.kind, told)
    if account.kind == "oa" and not person.following:
        raise WeChatError(45015)
    if person.blocked:
        raise WeChatError(48002)
    try:
        windows.spend(world, person, account.kind)
    except windows.Shut:
        raise WeChatError(45015) from None
    except windows.UsedUp:
        raise WeChatError(45047) from None
    world.say(person, side="account", account=account.kind, **line)
    return dict(DONE)


@blueprint.route("/cgi-bin/message/custom/typing", methods=["GET", "POST"])
def typing() -> Answer:
    """Take the sign that somebody is typing; the phone shows nothing of it."""
    account, told = caller(), posted()
    addressee(account, told.get("touser"))
    return dict(DONE)


def composed(kind: str, told: dict[str, Any]) -> Line:
    """Return the chat line of a message; 40008 for an unknown msgtype, 40097 for a bad body."""
    msgtype = told.get("msgtype")
    if msgtype not in KINDS[kind]:
        raise WeChatError(40008)
    try:
        return KINDS[kind][msgtype](told[msgtype])
    except (KeyError, TypeError, AttributeError):
        raise WeChatError(40097) from None


def card(title: str, description: str, picture: str, url: str) -> Line:
    """Return the chat line of one news card."""
    article = {"title": title, "description": description, "picture": picture, "url": url}
    return {"kind": "news", "articles": [article]}


def news(body: Line) -> Line:
    """Return the card of a news message; 45008 when there are several."""
    if len(body["articles"]) != 1:
        raise WeChatError(45008)
    told = body["articles"][0]
    return card(told["title"], told.get("description", ""), told.get("picurl", ""), told["url"])


def link(body: Line) -> Line:
    """Return the card of a mini-program's link message."""
    return card(body["title"], body["description"], body["thumb_url"], body["url"])


def program(body: Line) -> Line:
    """Return the card that opens a mini-program."""
    return {"kind": "miniprogram"} | {key: body[key] for key in ("title", "appid", "pagepath")}


def choices(body: Line) -> Line:
    """Return a message with choices to tap."""
    listed = [{"id": str(one["id"]), "content": one["content"]} for one in body["list"]]
    tail = body.get("tail_content", "")
    return {"kind": "menu", "head": body.get("head_content", ""), "choices": listed, "tail": tail}


def text(body: Line) -> Line:
    """Return a text line; 40097 for an empty one, 45002 for one too long."""
    if not body["content"]:
        raise WeChatError(40097)
    if len(body["content"].encode()) > LONGEST_BYTES:
        raise WeChatError(45002)
    return {"kind": "text", "text": body["content"]}


def picture(body: Line) -> Line:
    """Return a picture's line."""
    return replies.picture(body["media_id"])


def sound(body: Line) -> Line:
    """Return a voice line."""
    return replies.sound(body["media_id"])


KINDS: dict[str, dict[str, Callable[[Line], Line]]] = {
    "oa": {
        "text": text,
        "image": picture,
        "voice": sound,
        "news": news,
        "msgmenu": choices,
        "miniprogrampage": program,
    },
    "mp": {"text": text, "image": picture, "link": link, "miniprogrampage": program},
}
