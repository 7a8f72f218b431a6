"""What we told the resident, and her leave to tell her more."""

from typing import Any

from apiflask import APIBlueprint, EmptySchema, fields
from marshmallow.validate import Length, Regexp

from tracking import messages, subscriptions, templates

from ..runtime import here
from .guard import account, auth, caller
from .shapes import In, Out, Page, maybe, rows

blueprint = APIBlueprint("messages", __name__, url_prefix="/api/v1")
_ACCEPTED = "accept"
_MOST_IN_A_POPUP = 5
_KEY = r"[A-Za-z0-9_-]{8,64}\Z"


class MessageOut(Out):
    """One message in the in-app inbox."""

    key = fields.String()
    kind = fields.String()
    title = fields.String()
    words = fields.String()
    link = maybe()
    at = fields.DateTime()
    read = fields.Boolean()


class MessagesOut(Out):
    """My messages, newest first."""

    messages = rows(MessageOut)


class ConsentIn(In):
    """What wx.requestSubscribeMessage answered, by template id; `popup` is the tap's own key."""

    popup = fields.String(required=True, validate=Regexp(_KEY))
    answers = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.String(),
        validate=Length(1, _MOST_IN_A_POPUP),
    )


def popups() -> "fields.List[Any]":
    """Lists of template ids, each as one popup takes them."""
    return fields.List(fields.List(fields.String(), validate=Length(1, _MOST_IN_A_POPUP)))


class TemplatesOut(Out):
    """What to ask leave for; `templates` last, each of `once` is for one message.

    WeChat takes five templates in one popup, and not both kinds.
    """

    templates = popups()
    once = popups()


@blueprint.get("/messages")
@blueprint.auth_required(auth)
@blueprint.input(Page, location="query")
@blueprint.output(MessagesOut)
def mine(query_data: dict[str, Any]) -> dict[str, Any]:
    """My messages."""
    return {"messages": messages.of(here().db, caller().id, query_data["limit"])}


@blueprint.post("/messages/read")
@blueprint.auth_required(auth)
@blueprint.output(EmptySchema, 204)
def read() -> str:
    """I have seen my messages."""
    messages.mark_read(here().db, caller().id)
    return ""


@blueprint.get("/subscriptions")
@blueprint.auth_required(auth)
@blueprint.output(TemplatesOut)
def wanted() -> dict[str, Any]:
    """The templates to pass to wx.requestSubscribeMessage, a list a call, most useful first."""
    asked: dict[str, list[list[str | None]]] = {"templates": [], "once": []}
    for popup in templates.popups("mp", _MOST_IN_A_POPUP):
        kind = "templates" if popup[0].long_term else "once"
        asked[kind].append([each.ids["mp"] for each in popup])
    return asked


@blueprint.post("/subscriptions")
@blueprint.auth_required(auth)
@blueprint.input(ConsentIn)
@blueprint.output(EmptySchema, 204)
def consent(json_data: dict[str, Any]) -> str:
    """Report what the resident answered to the popup; each popup counts once."""
    asked, popup = account(), json_data["popup"]
    for template, answer in json_data["answers"].items():
        if asked.kind == "mp" and answer.startswith(_ACCEPTED):
            subscriptions.credit(here().db, asked.openid, template, source="client", report=popup)
    return ""
