"""Mini-program sign-in, its session keys, and the phone number behind a button's code."""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from flask import Blueprint, request

from ..world import here
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
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    openid = person.openids[account.kind]
    with world.lock:
        world.part("wechat.sessions")[openid] = key
    world.changed()
    union = {"unionid": person.unionid} if person.unionid else {}
    return {"session_key": key, "openid": openid} | union


@blueprint.get("/wxa/checksession")
def check() -> Answer:
    """Tell whether a signature was made with the person's present session_key."""
    account, told, world = caller("mp"), request.args, here()
    addressee(account, told.get("openid"))
    with world.lock:
        key = world.part("wechat.sessions").get(told["openid"], "")
    expected = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
    if not key or not hmac.compare_digest(expected, told.get("signature", "")):
        raise WeChatError(87009)
    return dict(DONE)


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
