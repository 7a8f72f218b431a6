"""The two token endpoints and the JS-SDK ticket of api.weixin.qq.com."""

import hashlib
import secrets
from collections.abc import Mapping

from flask import Blueprint, request

from ..world import World, here
from . import token
from .api import DONE, Answer, WeChatError, admitted, caller, known, posted

blueprint = Blueprint("wechat_credentials", __name__)
TICKET_SECONDS = 7200
TICKETS = ("jsapi", "wx_card")


@blueprint.get("/cgi-bin/token")
def classic() -> Answer:
    """Issue a classic token, which ends the former one after five minutes."""
    told = request.args
    if told.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    account = admitted(known(told.get("appid", ""), told.get("secret", "")))
    value, seconds = token.classic(here(), account)
    return {"access_token": value, "expires_in": seconds}


@blueprint.route("/cgi-bin/stable_token", methods=["GET", "POST"])
def stable() -> Answer:
    """Return the stable token of the account, the same to all who ask."""
    told = posted()
    if told.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    account = admitted(known(str(told.get("appid", "")), str(told.get("secret", ""))))
    value, seconds = token.stable(here(), account, told.get("force_refresh") is True)
    return {"access_token": value, "expires_in": seconds}


@blueprint.get("/cgi-bin/ticket/getticket")
def ticket() -> Answer:
    """Return the ticket of a `type`; a new one when less than five minutes are left."""
    account, world, kind = caller("oa"), here(), request.args.get("type", "jsapi")
    if kind not in TICKETS:
        raise WeChatError(40097)
    with world.lock:
        tickets = world.part("wechat.tickets").setdefault(account.kind, {})
        now = world.clock.seconds()
        kept = tickets.get(kind, {"until": 0.0})
        if kept["until"] - now < token.OVERLAP_SECONDS:
            kept = {"value": secrets.token_urlsafe(64), "until": now + TICKET_SECONDS}
            tickets[kind] = kept
    world.changed("wechat.tickets", account.kind, kind)
    return DONE | {"ticket": kept["value"], "expires_in": int(kept["until"] - now)}


def signs(world: World, url: str, told: Mapping[str, str]) -> bool:
    """Return whether wx.config's timestamp, nonceStr and signature are good for a page's url."""
    with world.lock:
        kept = world.part("wechat.tickets").get("oa", {}).get("jsapi", {})
    ours = told.get("appId") == world.account("oa").appid
    if not ours or kept.get("until", 0.0) <= world.clock.seconds():
        return False
    named = {"noncestr": told.get("nonceStr", ""), "timestamp": told.get("timestamp", "")}
    named |= {"jsapi_ticket": kept["value"], "url": url}
    joined = "&".join(f"{key}={named[key]}" for key in sorted(named))
    signature = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
    return signature == told.get("signature")
