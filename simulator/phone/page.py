"""Serves the phone page under /phone/; all it does goes through the control API."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from ..world import here

blueprint = Blueprint(
    "phone", __name__, url_prefix="/phone", static_folder="static", template_folder="templates"
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {app}; "
    "connect-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; frame-src {inside} {outside}"
)
HOME = "/h5/"


@blueprint.get("/")
def show() -> str | AnyResponse:
    """Show the phone; on the name localhost go to the address whose cookies its frame shares."""
    host, _, port = request.host.partition(":")
    if host == "localhost":
        return redirect(f"http://127.0.0.1:{port}{request.full_path.rstrip('?')}")
    world = here()
    return render_template(
        "phone.html",
        oa=world.account("oa").name,
        mp=world.account("mp").name,
        templates=[one for one in world.config["templates"] if one["account"] == "mp"],
        public_url=world.config["public_url"],
        home=HOME,
        **browsers(),
    )


def browsers() -> dict[str, str]:
    """Return the addresses of WeChat's web view and of the browser outside it."""
    inside = here().config["browser_url"].rstrip("/")
    return {"browser_url": inside, "outside_url": f"http://localhost:{urlsplit(inside).port}"}


@blueprint.after_request
def strict(response: Response) -> Response:
    """Let the page load nothing but its own files and frame nothing but the two browsers."""
    told = browsers()
    app = here().config["public_url"].rstrip("/")
    policy = POLICY.format(app=app, inside=told["browser_url"], outside=told["outside_url"])
    response.headers["Content-Security-Policy"] = policy
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
