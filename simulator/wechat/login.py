"""Mini-program sign-in, its session keys, and the phone number behind a button's code."""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from flask import Blueprint, request

from ..world import World, here
from . import codes
from .api import DONE, Answer, WeChatError, addressee, caller, known, posted

blueprint = Blueprint("wechat_login", __name__)
REFUSALS = {"invalid": 40029, "used": 40163, "expired": 40029}
CHINA = "86"


@blueprint.get("/sns/jscode2session")
def session() -> Answer:
    """Exchange a login code for openid, a fresh session_key, and unionid if the person has one."""
    told = request.args
    account = known(told.get("appid", ""), told.get("secret", ""))
    if told.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    world = here()
    try:
        kept = codes.use(world, "login", account, told.get("js_code", ""))
    except codes.Refused as refused:
        raise WeChatError(REFUSALS[refused.why]) from None
    person = world.person(kept["person"])
    openid = person.openids[account.kind]
    key = renewed(world, openid)
    union = {"unionid": person.unionid} if person.unionid else {}
    return {"session_key": key, "openid": openid} | union


@blueprint.route("/wxa/checksession", methods=["GET", "POST"])
def check() -> Answer:
    """Tell whether a signature was made with the person's present session_key."""
    signer()
    return dict(DONE)


@blueprint.route("/wxa/resetusersessionkey", methods=["GET", "POST"])
def reset() -> Answer:
    """Give the person a new session_key, to who proves to know the present one."""
    openid = signer()
    return DONE | {"openid": openid, "session_key": renewed(here(), openid)}


def renewed(world: World, openid: str) -> str:
    """Give a person a new session_key; the former one is good no more."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    with world.lock:
        world.part("wechat.sessions")[openid] = key
    world.changed("wechat.sessions", openid)
    return key


def signer() -> str:
    """Return the openid whose session_key signed the empty text, told in the query or the body.

    Raises 40097, 40003, 87008, 87007 or 87009.
    """
    account, told = caller("mp"), request.args.to_dict()
    if request.method == "POST" and request.get_data():
        told |= {key: str(value) for key, value in posted().items()}
    if not told.get("openid") or not told.get("signature"):
        raise WeChatError(40097)
    addressee(account, told["openid"])
    if told.get("sig_method") != "hmac_sha256":
        raise WeChatError(87008)
    with here().lock:
        key = here().part("wechat.sessions").get(told["openid"])
    if key is None:
        raise WeChatError(87007)
    expected = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), told["signature"].encode()):
        raise WeChatError(87009)
    return told["openid"]


@blueprint.route("/wxa/business/getuserphonenumber", methods=["GET", "POST"])
def phone() -> Answer:
    """Exchange a phone code, once and within five minutes, for the number."""
    account, told, world = caller("mp", otherwise=40013), posted(), here()
    try:
        kept = codes.use(world, "phone", account, str(told.get("code", "")))
    except codes.Refused:
        raise WeChatError(40029) from None
    number = world.person(kept["person"]).phone
    info: dict[str, Any] = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": CHINA}
    mark = {"timestamp": world.clock.stamp(), "appid": account.appid}
    return DONE | {"phone_info": info | {"watermark": mark}}
