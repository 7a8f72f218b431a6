"""By which channels I want to hear of what (消息设置), and leave to send me notices."""

from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from people import residents
from tracking import templates

from ..runtime import here
from . import sdk, session

blueprint = Blueprint("preferences", __name__)
_MOST_IN_A_TAG: Final = 3


@blueprint.get("/me/messages")
def show() -> Response:
    """The channels of every group; what is ticked is on."""
    asked = templates.popups("biz", _MOST_IN_A_TAG)
    config = sdk.config() if asked else None
    page = render_template(
        "h5/preferences.html",
        asked=asked,
        config=config,
        sdk=sdk.script(),
        groups=templates.groups(),
        channels=templates.channels(),
        muted=residents.muted(here().db, session.caller().id),
        saved=request.args.get("saved") == "1",
    )
    return sdk.loading(page, tags=True) if config else make_response(page)


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
