"""Template and subscription messages: checked, shown in the chat, and their result pushed."""

from typing import Any

from flask import Blueprint

from ..people import Person
from ..world import Account, World, here
from . import events, keywords
from .api import DONE, Answer, WeChatError, addressee, caller, posted

blueprint = Blueprint("wechat_messages", __name__)
REMEMBERED_SECONDS = 600
BLOCKED = "failed:user block"
PAGE_STATES = ("developer", "trial", "formal")


@blueprint.route("/cgi-bin/message/template/send", methods=["GET", "POST"])
def send_template() -> Answer:
    """Send a template message of the official account to a follower."""
    account, told, world = caller("oa"), posted(), here()
    person = addressee(account, told.get("touser"))
    template = registered(world, account, told.get("template_id"))
    check(template, told)
    linked(world, told)
    if not person.following:
        raise WeChatError(43004)
    with world.lock:
        msgid, known = remembered(world, person, told.get("client_msg_id"))
        if not known and not person.blocked:
            card(world, account, person, told | template, "template", msgid)
    if not known:
        status = BLOCKED if person.blocked else "success"
        finished = events.event(
            world, account, person, "TEMPLATESENDJOBFINISH", MsgID=msgid, Status=status
        )
        events.later(world, account, person, finished)
    return DONE | {"msgid": msgid}


@blueprint.route("/cgi-bin/message/subscribe/send", methods=["GET", "POST"])
def send_subscription() -> Answer:
    """Send a subscription message of the mini-program, using up one credit of its receiver."""
    account, told = caller("mp"), posted()
    if told.get("miniprogram_state", "formal") not in PAGE_STATES:
        raise WeChatError(40097)
    return send_subscribed(account, told)


@blueprint.route("/cgi-bin/message/subscribe/bizsend", methods=["GET", "POST"])
def send_business() -> Answer:
    """Send a subscription notification of the official account."""
    return send_subscribed(caller("oa", otherwise=45103), posted())


def send_subscribed(account: Account, told: dict[str, Any]) -> Answer:
    """Check, spend a credit, show the card, and push what became of it."""
    world = here()
    person = addressee(account, told.get("touser"))
    template = registered(world, account, told.get("template_id"))
    check(template, told)
    msgid = events.number(10**18)
    with world.lock:
        spend(world, person, told["template_id"])
        card(world, account, person, told | template, "subscription", msgid)
    entry = {
        "TemplateId": told["template_id"],
        "MsgID": str(msgid),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    sent = events.event(world, account, person, "subscribe_msg_sent_event", List=[entry])
    events.later(world, account, person, sent)
    return dict(DONE)


def registered(world: World, account: Account, id: object) -> dict[str, Any]:
    """Return the account's template of this id as world.json has it; 40037 otherwise."""
    for template in world.config.get("templates", []):
        if template["id"] == id and template["account"] == account.kind:
            return dict(template)
    raise WeChatError(40037)


def check(template: dict[str, Any], told: dict[str, Any]) -> None:
    """Refuse data that does not fit the template's keywords, with 47003 and the keyword's name."""
    data = told.get("data")
    wrong = keywords.fault(template["keywords"], data if isinstance(data, dict) else {})
    if wrong is not None:
        raise WeChatError(47003, keywords.complaint(wrong))


def linked(world: World, told: dict[str, Any]) -> None:
    """Refuse a message that opens a mini-program not linked to the account."""
    target = told.get("miniprogram")
    if target and target.get("appid") != world.account("mp").appid:
        raise WeChatError(40013)


def remembered(world: World, person: Person, client_id: object) -> tuple[int, bool]:
    """Return a message id and whether it was given to this client_msg_id within ten minutes."""
    now = world.clock.seconds()
    memory = world.part("wechat.client_msg_ids")
    for key in [key for key, kept in memory.items() if kept["until"] <= now]:
        del memory[key]
    key = f"{person.id} {client_id}"
    if client_id and key in memory:
        return int(memory[key]["msgid"]), True
    msgid = events.number(10**18)
    if client_id:
        memory[key] = {"msgid": msgid, "until": now + REMEMBERED_SECONDS}
    return msgid, False


def spend(world: World, person: Person, template_id: str) -> None:
    """Use one credit of a template, none if it is granted for long; 43101 when there is none."""
    granted = person.subscriptions.get(template_id, {"credits": 0, "long_term": False})
    if not granted["long_term"]:
        if granted["credits"] < 1:
            raise WeChatError(43101)
        granted["credits"] -= 1
    world.changed()


def card(
    world: World, account: Account, person: Person, told: dict[str, Any], kind: str, msgid: int
) -> None:
    """Show a message as a card: the template's title and labels with the values sent."""
    target = told.get("miniprogram") or {}
    if account.kind == "mp" and told.get("page"):
        target = {"appid": account.appid, "pagepath": told["page"]}
    fields = [
        {
            "key": keyword["key"],
            "label": keyword["label"],
            "value": str(told["data"][keyword["key"]]["value"]),
        }
        for keyword in told["keywords"]
    ]
    world.say(
        person,
        side="account",
        account=account.kind,
        kind=kind,
        template_id=told["id"],
        title=told["title"],
        fields=fields,
        url=told.get("url") or (told.get("page") or "" if account.kind == "oa" else ""),
        miniprogram=target or None,
        msgid=str(msgid),
    )
