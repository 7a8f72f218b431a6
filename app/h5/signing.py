"""Signing in through WeChat, and out."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response as AnyResponse

from people import residents
from people.residents import Account

from ..runtime import here
from ..wechat import oauth
from . import session

blueprint = Blueprint("signing", __name__)
_TO = "sign_in_to"


@blueprint.get("/sign-in")
def sign_in() -> AnyResponse:
    """Go to WeChat's consent page; outside WeChat say how to come in."""
    to = session.own_path(request.args.get("to", ""))
    if session.visitor():
        return redirect(to)
    if not session.is_wechat():
        return make_response(render_template("h5/outside.html", to=to), 403)
    cookie[_TO] = to
    runtime = here()
    back = runtime.settings.public_url + url_for(".come_back")
    return redirect(oauth.begin(runtime.wechat, cookie, back))


@blueprint.get("/sign-in/back")
def come_back() -> AnyResponse:
    """Take the code WeChat sends back with; a return that comes twice does no harm.

    Raises ForgedState, SnapshotVisitor, LoginCodeStale.
    """
    runtime, asked = here(), request.args
    if session.visitor():
        return redirect(session.own_path(cookie.pop(_TO, "")))
    found = oauth.finish(runtime.wechat, cookie, asked.get("code", ""), asked.get("state", ""))
    account = Account("oa", runtime.settings.wechat_oa_appid, found.openid, found.unionid)
    session.remember(residents.meet(runtime.db, account), account)
    return redirect(session.own_path(cookie.pop(_TO, "")))


@blueprint.post("/sign-out")
def sign_out() -> AnyResponse:
    """Forget who is signed in."""
    session.forget()
    return redirect(url_for("h5.home.index"))


def needed(_: session.SignInNeeded) -> AnyResponse:
    """Send whoever is not signed in to sign in; a form is told, because it cannot be sent on."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("h5.signing.sign_in", to=request.full_path.rstrip("?")))
    page: Response = make_response(render_template("h5/signed_out.html", to=request.path), 401)
    return page
