"""The operators' console: pages under /console, rendered here, working without script."""

from typing import Any, Final

from flask import Blueprint, Flask, Response, request

from . import (
    account,
    alarms,
    assets,
    bills,
    cases,
    companies,
    counter,
    desk,
    differences,
    effects,
    fiscal,
    income,
    messages,
    moving,
    quarantine,
    ratings,
    reconciliation,
    reductions,
    refunds,
    scenes,
    services,
    staff,
    talks,
    testing,
    tickets,
    trail,
    words,
)
from .sessions import ROOT, Doors

_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; "
    "form-action 'self'; base-uri 'none'"
)
FORM_BYTES: Final = 256 * 1024

blueprint = Blueprint("console", __name__, url_prefix=ROOT, template_folder="templates")

for page in (
    account,
    assets,
    desk,
    cases,
    moving,
    tickets,
    talks,
    bills,
    fiscal,
    quarantine,
    reconciliation,
    differences,
    refunds,
    reductions,
    counter,
    income,
    ratings,
    companies,
    services,
    scenes,
    messages,
    testing,
    effects,
    alarms,
    trail,
    staff,
):
    blueprint.register_blueprint(page.blueprint)


@blueprint.url_value_preprocessor
def bounded(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take small forms only; this runs before anything reads the body."""
    request.max_content_length = FORM_BYTES


def register(app: Flask) -> None:
    """Open the pages, give them a cookie of their own, and harden every answer."""
    app.session_interface = Doors()
    app.register_blueprint(blueprint)

    @app.context_processor
    def spoken() -> dict[str, Any]:
        return words.context() if _is_ours() else {}

    @app.after_request
    def hardened(response: Response) -> Response:
        if _is_ours():
            headers = response.headers
            headers.setdefault("Content-Security-Policy", _POLICY)
            headers.setdefault("Cache-Control", "no-store")
            headers["X-Frame-Options"] = "DENY"
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response


def _is_ours() -> bool:
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")
