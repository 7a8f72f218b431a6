"""The registry of templates: what an account may send, and what became of its templates.

World.json's "templates" have {account, id, title, keywords: [{key, label, choices?}], long_term?,
notice?}: `notice` is one of the official account for subscription notices, not template messages;
part "wechat.templates" -> id -> {"banned"?: true, "deleted"?: true}, as the control API told.
"""

from typing import Any

from flask import Blueprint, request

from ..world import Account, World, here
from . import keywords, replies
from .api import DONE, Answer, WeChatError, caller, posted

blueprint = Blueprint("wechat_templates", __name__)
LONG_TERM, ONE_TIME = 3, 2
MARKS = ("banned", "deleted")


class NoSuchTemplate(Exception):
    """No template has this id."""


def registered(
    world: World, account: Account, id: object, banned: int = 0, subscribed: bool | None = None
) -> dict[str, Any]:
    """Return the account's template of this id; 40037 if there is none.

    `banned` is the errcode for a banned one, 0 if that does not matter; `subscribed` says whether
    it must be one that people subscribe to, None if that does not matter.
    """
    for template in own(world, account):
        if template["id"] == id and subscribed in (None, is_subscribed(template)):
            if banned and template.get("banned"):
                raise WeChatError(banned)
            return template
    raise WeChatError(40037)


def is_subscribed(template: dict[str, Any]) -> bool:
    """Whether people must subscribe to a template; the official account has others too."""
    return template["account"] == "mp" or bool(template.get("notice"))


def own(world: World, account: Account) -> list[dict[str, Any]]:
    """Return the templates an account has not deleted, with their marks."""
    with world.lock:
        marks = dict(world.part("wechat.templates"))
    told = world.config.get("templates", [])
    mine = [one | marks.get(one["id"], {}) for one in told if one["account"] == account.kind]
    return [one for one in mine if not one.get("deleted")]


def mark(world: World, id: str, told: dict[str, Any]) -> dict[str, Any]:
    """Set a template's marks (MARKS); NoSuchTemplate for an unknown id."""
    if id not in [one["id"] for one in world.config.get("templates", [])]:
        raise NoSuchTemplate(id)
    with world.lock:
        marks: dict[str, Any] = world.part("wechat.templates").setdefault(id, {})
        marks.update({key: bool(told[key]) for key in MARKS if key in told})
    world.changed("wechat.templates", id)
    return marks


def check(template: dict[str, Any], told: dict[str, Any]) -> None:
    """Refuse data that does not fit the template's keywords, with 47003 and the keyword's name."""
    data = told.get("data")
    wrong = keywords.fault(template["keywords"], data if isinstance(data, dict) else {})
    if wrong is not None:
        raise WeChatError(47003, keywords.complaint(wrong))


def check_page(world: World, told: dict[str, Any]) -> None:
    """Refuse a page that world.json's "pages" of the mini-program, if told, do not have."""
    pages, page = world.config["mp"].get("pages"), str(told.get("page") or "")
    if pages is not None and page and page.partition("?")[0] not in pages:
        raise WeChatError(41030)


@blueprint.get("/cgi-bin/template/get_all_private_template")
def list_template_messages() -> Answer:
    """List the templates of the official account."""
    found = [one for one in own(here(), caller("oa")) if not is_subscribed(one)]
    return {"template_list": [shown(one) | {"template_id": one["id"]} for one in found]}


@blueprint.get("/wxaapi/newtmpl/gettemplate")
def list_subscriptions() -> Answer:
    """List the templates of subscription messages, with the values their enums take."""
    found = [one for one in own(here(), caller()) if is_subscribed(one)]
    return DONE | {"data": [shown(one) | kind(one) | {"priTmplId": one["id"]} for one in found]}


@blueprint.get("/wxaapi/newtmpl/getcategory")
def categories() -> Answer:
    """Return the account's one category: government services."""
    caller()
    return DONE | {"data": [{"id": 616, "name": replies.WORDS["category"]}]}


@blueprint.post("/cgi-bin/template/del_private_template")
@blueprint.post("/wxaapi/newtmpl/deltemplate")
def delete() -> Answer:
    """Delete a template for good."""
    key = "priTmplId" if request.path.startswith("/wxaapi") else "template_id"
    account, told, world = caller(), posted(), here()
    template = registered(world, account, told.get(key))
    mark(world, template["id"], {"deleted": True})
    return dict(DONE)


def shown(template: dict[str, Any]) -> dict[str, str]:
    """Return a template as WeChat lists one: its lines with placeholders."""
    lines = [f"{one['label']}:{{{{{one['key']}.DATA}}}}" for one in template["keywords"]]
    return {"title": template["title"], "content": "\n".join(lines) + "\n", "example": ""}


def kind(template: dict[str, Any]) -> dict[str, Any]:
    """Return whether a template is for once or for long, and what its enums take."""
    chosen = [
        {"keywordCode": f"{one['key']}.DATA", "enumValueList": one["choices"]}
        for one in template["keywords"]
        if "choices" in one
    ]
    told: dict[str, Any] = {"type": LONG_TERM if template.get("long_term") else ONE_TIME}
    return told | ({"keywordEnumValueList": chosen} if chosen else {})
