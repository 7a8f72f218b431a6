"""Web authorisation: WeChat's consent page in its browser, and the exchange of its code."""

import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from ..people import Person
from ..world import World, here
from . import codes
from .api import DONE, Answer, WeChatError, known

blueprint = Blueprint("wechat_oauth", __name__, template_folder="templates")

PERSON_HEADERS = ("X-Phone-Person", "X-Simulator-Person")
PERSON_COOKIE = "phone_person"
CONSENT_HEADER = "X-Simulator-Consent"
SCOPES = ("snsapi_base", "snsapi_userinfo")
STATE = re.compile(r"[a-zA-Z0-9]{0,128}")
LIFE_SECONDS = 7200
REFRESH_SECONDS = 30 * 24 * 3600
REFUSALS = {"invalid": 40029, "used": 40163, "expired": 42003}


@blueprint.get("/connect/oauth2/authorize")
def authorize() -> AnyResponse | str:
    """Send the browser back with a code: at once for snsapi_base, else after consent."""
    asked, world = request.args, here()
    wrong = fault(world, asked)
    if wrong is not None:
        return page("wrong", 400, why=wrong)
    person = browsing(world)
    if person is None:
        return page("outside", 400)
    if asked["scope"] == "snsapi_base" or request.headers.get(CONSENT_HEADER) == "yes":
        return back(world, person, asked)
    return page("ask", account=world.account("oa"), person=person, asked=asked)


@blueprint.post("/connect/oauth2/authorize")
def decide() -> AnyResponse | str:
    """Take the answer given on the consent page."""
    asked, world = request.form, here()
    person = browsing(world)
    if fault(world, asked) is not None or person is None:
        return page("outside", 400)
    if asked.get("decision") != "allow":
        return page("refused")
    return back(world, person, asked)


@blueprint.get("/sns/oauth2/access_token")
def exchange() -> Answer:
    """Exchange a code for openid and a token of the person's own; unionid only with userinfo."""
    told, world = request.args, here()
    account = known(told.get("appid", ""), told.get("secret", ""))
    if told.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    if not told.get("code"):
        raise WeChatError(41008)
    try:
        kept = codes.use(world, "web", account, told["code"])
    except codes.Refused as refused:
        raise WeChatError(REFUSALS[refused.why]) from None
    return granted(world, world.person(kept["person"]), kept["scope"])


@blueprint.get("/sns/oauth2/refresh_token")
def refresh() -> Answer:
    """Exchange a refresh token, good for thirty days, for a new token of the person's own."""
    told, world = request.args, here()
    if told.get("appid") != world.account("oa").appid:
        raise WeChatError(40013)
    grant = find(world, "refresh_token", told.get("refresh_token", ""), 40030)
    if grant["refresh_until"] <= world.clock.seconds():
        raise WeChatError(42002)
    return granted(world, world.person(grant["person"]), grant["scope"])


@blueprint.get("/sns/auth")
def check() -> Answer:
    """Tell whether a person's own token still holds."""
    holder(here())
    return dict(DONE)


@blueprint.get("/sns/userinfo")
def userinfo() -> Answer:
    """Return nickname and picture of who consented to that."""
    grant = holder(here())
    if grant["scope"] != "snsapi_userinfo":
        raise WeChatError(48001)
    person = here().person(grant["person"])
    answer: Answer = {"openid": grant["openid"], "nickname": person.nickname, "sex": 0}
    answer |= {"language": "", "city": "", "province": "", "country": "", "headimgurl": ""}
    return answer | {"privilege": []} | union(person)


def fault(world: World, asked: Any) -> str | None:
    """Return what is wrong with an authorisation request, by its key in authorize.html, or None."""
    if asked.get("appid") != world.account("oa").appid:
        return "appid"
    if asked.get("response_type") != "code" or asked.get("scope") not in SCOPES:
        return "scope"
    if not STATE.fullmatch(asked.get("state", "")):
        return "state"
    own = urlsplit(str(world.config["public_url"]))
    target = urlsplit(asked.get("redirect_uri", ""))
    same = (target.scheme, target.netloc) == (own.scheme, own.netloc)
    return None if same else "redirect_uri"


def browsing(world: World) -> Person | None:
    """Return whose phone sent the request: by header, cookie, or `person` in the query."""
    named = [request.headers.get(name) for name in PERSON_HEADERS]
    named += [request.cookies.get(PERSON_COOKIE), request.args.get("person")]
    with world.lock:
        return next((world.people[id] for id in named if id in world.people), None)


def back(world: World, person: Person, asked: Any) -> AnyResponse:
    """Redirect to the service with a fresh code and its own state."""
    code = codes.issue(world, "web", world.account("oa"), person, scope=asked["scope"])
    parts = urlsplit(asked["redirect_uri"])
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("code", code)]
    query.append(("state", asked.get("state", "")))
    return redirect(urlunsplit(parts._replace(query=urlencode(query), fragment="")))


def granted(world: World, person: Person, scope: str) -> Answer:
    """Issue tokens; in snapshot mode userinfo is of a virtual person who exists nowhere else."""
    virtual = person.snapshot and scope == "snsapi_userinfo"
    openid = "oSnap" + secrets.token_urlsafe(20)[:23] if virtual else person.openids["oa"]
    now = world.clock.seconds()
    grant = {
        "access_token": f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(64)}",
        "refresh_token": f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(64)}",
        "openid": openid,
        "scope": scope,
    }
    kept = {"person": person.id, "until": now + LIFE_SECONDS}
    with world.lock:
        grants = world.part("wechat.grants")
        for old in [key for key, one in grants.items() if one["refresh_until"] <= now]:
            del grants[old]
            world.changed("wechat.grants", old)
        grants[grant["access_token"]] = grant | kept | {"refresh_until": now + REFRESH_SECONDS}
    world.changed("wechat.grants", grant["access_token"])
    answer: Answer = {"expires_in": LIFE_SECONDS} | grant
    if virtual:
        return answer | {"is_snapshotuser": 1}
    return answer | (union(person) if scope == "snsapi_userinfo" else {})


def holder(world: World) -> dict[str, Any]:
    """Return the grant whose token and openid the request bears; 40001, 42001 or 40003."""
    grant = find(world, "access_token", request.args.get("access_token", ""), 40001)
    if grant["until"] <= world.clock.seconds():
        raise WeChatError(42001)
    if grant["openid"] != request.args.get("openid"):
        raise WeChatError(40003)
    return grant


def find(world: World, key: str, value: str, errcode: int) -> dict[str, Any]:
    """Return the grant with this token; the errcode otherwise."""
    with world.lock:
        for grant in world.part("wechat.grants").values():
            if grant[key] == value:
                return dict(grant)
    raise WeChatError(errcode)


def union(person: Person) -> dict[str, str]:
    """Return the unionid as answers have it: absent when there is none."""
    return {"unionid": person.unionid} if person.unionid else {}


def page(kind: str, status: int = 200, **values: Any) -> Response:
    """Return one of WeChat's own pages; its words are in templates/authorize.html."""
    shown = render_template("authorize.html", kind=kind, **values)
    return Response(shown, status, {"Cache-Control": "no-store"})
