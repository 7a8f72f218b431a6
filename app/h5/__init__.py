"""The residents' pages under /h5: plain Chinese, made for a phone, whole without script."""

from flask import Blueprint, Flask

from . import (
    answers,
    applying,
    bills,
    cases,
    companies,
    frame,
    guides,
    home,
    inbox,
    me,
    paying,
    preferences,
    rating,
    registering,
    returning,
    sdk,
    session,
    showing,
    signing,
    supplementing,
    tickets,
    union,
)

PARTS = (
    home,
    sdk,
    guides,
    answers,
    signing,
    registering,
    applying,
    showing,
    cases,
    supplementing,
    bills,
    paying,
    union,
    returning,
    tickets,
    rating,
    inbox,
    companies,
    me,
    preferences,
    frame,
)

blueprint = Blueprint(
    "h5", __name__, url_prefix="/h5", template_folder="templates", static_folder="static"
)
for part in PARTS:
    blueprint.register_blueprint(part.blueprint)
blueprint.register_error_handler(session.SignInNeeded, signing.needed)
blueprint.register_error_handler(session.StepNeeded, registering.needed)
blueprint.context_processor(frame.context)


def register(app: Flask) -> None:
    """Open the pages."""
    frame.protect(app)
    app.register_blueprint(blueprint)
