"""By which channels I want to hear of what (消息设置)."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from people import residents
from tracking import templates

from ..runtime import here
from . import session

blueprint = Blueprint("preferences", __name__)


@blueprint.get("/me/messages")
def show() -> str:
    """The channels of every group; what is ticked is on."""
    return render_template(
        "h5/preferences.html",
        groups=templates.groups(),
        channels=templates.channels(),
        muted=residents.muted(here().db, session.caller().id),
        saved=request.args.get("saved") == "1",
    )


@blueprint.post("/me/messages")
def choose() -> AnyResponse:
    """Switch off what is not ticked; the inbox has everything all the same."""
    ticked = set(request.form.getlist("on"))
    off = {
        group: [each for each in templates.channels() if f"{group}:{each}" not in ticked]
        for group in templates.groups()
    }
    residents.mute(here().db, session.caller().id, off)
    return redirect(url_for(".show", saved=1))
