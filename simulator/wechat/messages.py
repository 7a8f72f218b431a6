"""Template and subscription messages: checked, shown in the chat, and their result pushed."""

from typing import Any

from flask import Blueprint

from ..people import Person
from ..world import Account, World, here
from . import content, events, pacing, switches, templates
from .api import DONE, Answer, WeChatError, addressee, caller, posted

blueprint = Blueprint("wechat_messages", __name__)
REMEMBERED_SECONDS = 600
BLOCKED = "failed:user block"
PAGE_STATES = ("developer", "trial", "formal")
MOST_LISTED = 100


@blueprint.route("/cgi-bin/message/template/send", methods=["GET", "POST"])
def send_template() -> Answer:
    """Send a template message of the official account to a follower."""
    account, told, world = caller("oa"), posted(), here()
    pacing.burst(world, "template")
    person = addressee(account, told.get("touser"))
    template = templates.registered(world, account, told.get("template_id"), 43116, False)
    templates.check(template, told)
    linked(world, told)
    if person.blacklisted:
        raise WeChatError(43019)
    if not person.following:
        raise WeChatError(43004)
    with pacing.alone(world, account, person, "template"):
        return DONE | {"msgid": accept(world, account, person, told | template)}


def accept(world: World, account: Account, person: Person, told: dict[str, Any]) -> int:
    """Take a template message: show it unless it is blocked, and have its end told."""
    with world.lock:
        msgid, known = remembered(world, person, told.get("client_msg_id"))
        if known:
            return msgid
        pacing.crowd(world, person)
        remember(world, person, told.get("client_msg_id"), msgid)
        status = BLOCKED if person.blocked else "success"
        if content.verdict(written(told))[0] == "risky":
            block(world, person, told, msgid)
            status = switches.of(world, "blocked_status")
        elif not person.blocked:
            card(world, account, person, told, "template", msgid)
    if status:
        finished = {"MsgID": msgid, "Status": status}
        end = events.event(world, account, person, "TEMPLATESENDJOBFINISH", **finished)
        events.later(world, account, end)
    return msgid


def block(world: World, person: Person, told: dict[str, Any], msgid: int) -> None:
    """Note that the platform blocked a message after it had been accepted."""
    with world.lock:
        blocked = world.part("wechat.blocked")
        number = str(len(blocked) + 1)
        blocked[number] = {
            "id": int(number),
            "tmpl_msg_id": str(msgid),
            "title": told["title"],
            "content": written(told),
            "send_timestamp": world.clock.stamp(),
            "openid": person.openids["oa"],
        }
    world.changed("wechat.blocked", number)


@blueprint.route("/wxa/sec/queryblocktmplmsg", methods=["GET", "POST"])
def list_blocked() -> Answer:
    """List template messages that were blocked, after `largest_id`, maybe of one tmpl_msg_id."""
    caller("oa")
    told, world = posted(), here()
    limit, after = told.get("limit"), told.get("largest_id", 0)
    if not isinstance(limit, int) or not 1 <= limit <= MOST_LISTED or not isinstance(after, int):
        raise WeChatError(40097)
    with world.lock:
        everything = list(world.part("wechat.blocked").values())
    wanted = str(told.get("tmpl_msg_id") or "")
    found = [one for one in everything if one["id"] > after]
    found = [one for one in found if wanted in ("", one["tmpl_msg_id"])]
    return DONE | {"msginfo": found[:limit]}


@blueprint.route("/cgi-bin/message/subscribe/send", methods=["GET", "POST"])
def send_subscription() -> Answer:
    """Send a subscription message of the mini-program, using up one credit of its receiver."""
    account, told = caller("mp"), posted()
    if told.get("miniprogram_state", "formal") not in PAGE_STATES:
        raise WeChatError(40097)
    templates.check_page(here(), told)
    return send_subscribed(account, told)


@blueprint.route("/cgi-bin/message/subscribe/bizsend", methods=["GET", "POST"])
def send_business() -> Answer:
    """Send a subscription notification of the official account."""
    account, told = caller("oa", otherwise=45103), posted()
    if not told.keys().isdisjoint(switches.of(here(), "bizsend_refused")):
        raise WeChatError(40097)
    return send_subscribed(account, told)


def send_subscribed(account: Account, told: dict[str, Any]) -> Answer:
    """Check, spend a credit, show the card, and push what became of it."""
    world = here()
    pacing.burst(world, "subscribe")
    person = addressee(account, told.get("touser"))
    template = templates.registered(world, account, told.get("template_id"), 43107, True)
    templates.check(template, told)
    if content.verdict(written(told | template))[0] == "risky":
        raise WeChatError(45168)
    msgid = events.number(10**18)
    with pacing.alone(world, account, person, "subscribe"), world.lock:
        spend(world, person, template["id"])
        card(world, account, person, told | template, "subscription", msgid)
    entry = {
        "TemplateId": template["id"],
        "MsgID": str(msgid),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    sent = events.event(world, account, person, "subscribe_msg_sent_event", List=[entry])
    events.later(world, account, sent)
    return DONE | ({"msgid": msgid} if switches.of(world, "subscribe_msgid") else {})


def linked(world: World, told: dict[str, Any]) -> None:
    """Refuse a message that opens a mini-program not linked to the account."""
    target = told.get("miniprogram")
    if target and target.get("appid") != world.account("mp").appid:
        raise WeChatError(40013)


def remembered(world: World, person: Person, client_id: object) -> tuple[int, bool]:
    """Return a message id and whether it was given to this client_msg_id within ten minutes."""
    now = world.clock.seconds()
    for key in [key for key, kept in person.client_ids.items() if kept["until"] <= now]:
        del person.client_ids[key]
    kept = person.client_ids.get(str(client_id or ""))
    return (int(kept["msgid"]), True) if kept else (events.number(10**18), False)


def remember(world: World, person: Person, client_id: object, msgid: int) -> None:
    """Keep for ten minutes which message id a client_msg_id was given."""
    if client_id:
        until = world.clock.seconds() + REMEMBERED_SECONDS
        person.client_ids[str(client_id)] = {"msgid": msgid, "until": until}
        world.touched(person)


def spend(world: World, person: Person, template_id: str) -> None:
    """Use one credit of a template, none if it is granted for long; 43101 when there is none."""
    granted = person.subscriptions.get(template_id, {"credits": 0, "long_term": False})
    if not granted["long_term"]:
        if granted["credits"] < 1:
            raise WeChatError(43101)
        granted["credits"] -= 1
    world.touched(person)


def fields(told: dict[str, Any]) -> list[dict[str, str]]:
    """Return the lines of a card: key, label and value of each keyword."""
    return [
        {
            "key": keyword["key"],
            "label": keyword["label"],
            "value": str(told["data"][keyword["key"]]["value"]),
        }
        for keyword in told["keywords"]
    ]


def written(told: dict[str, Any]) -> str:
    """Return all values of a message as one text."""
    return "\n".join(line["value"] for line in fields(told))


def card(
    world: World, account: Account, person: Person, told: dict[str, Any], kind: str, msgid: int
) -> None:
    """Show a message as a card: the template's title and labels with the values sent."""
    target = told.get("miniprogram") or {}
    if account.kind == "mp" and told.get("page"):
        target = {"appid": account.appid, "pagepath": told["page"]}
    lines = fields(told)
    if switches.of(world, "template_color"):
        lines = [line | {"color": told["data"][line["key"]].get("color", "")} for line in lines]
    world.say(
        person,
        side="account",
        account=account.kind,
        kind=kind,
        template_id=told["id"],
        title=told["title"],
        fields=lines,
        url=told.get("url") or (told.get("page") or "" if account.kind == "oa" else ""),
        miniprogram=target or None,
        msgid=str(msgid),
    )
