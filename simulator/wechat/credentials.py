"""The two token endpoints and the JS-SDK ticket of api.weixin.qq.com."""

import secrets

from flask import Blueprint, Response, request

from ..world import here
from . import token
from .api import DONE, Answer, WeChatError, caller, known, posted, refusal

blueprint = Blueprint("wechat_credentials", __name__)
TICKET_SECONDS = 7200


@blueprint.errorhandler(token.Exhausted)
def exhausted(_: token.Exhausted) -> Response:
    """Answer 45009 when the day's quota is used up."""
    return refusal(45009)


@blueprint.get("/cgi-bin/token")
def classic() -> Answer:
    """Issue a classic token, which ends the former one after five minutes."""
    told = request.args
    if told.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    account = known(told.get("appid", ""), told.get("secret", ""))
    value, seconds = token.classic(here(), account)
    return {"access_token": value, "expires_in": seconds}


@blueprint.route("/cgi-bin/stable_token", methods=["GET", "POST"])
def stable() -> Answer:
    """Return the stable token of the account, the same to all who ask."""
    told = posted()
    if told.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    account = known(str(told.get("appid", "")), str(told.get("secret", "")))
    value, seconds = token.stable(here(), account, told.get("force_refresh") is True)
    return {"access_token": value, "expires_in": seconds}


@blueprint.get("/cgi-bin/ticket/getticket")
def ticket() -> Answer:
    """Return the JS-SDK ticket; a new one when less than five minutes are left."""
    account, world = caller("oa"), here()
    with world.lock:
        tickets = world.part("wechat.tickets")
        now = world.clock.seconds()
        kept = tickets.get(account.kind, {"until": 0.0})
        if kept["until"] - now < token.OVERLAP_SECONDS:
            kept = {"value": secrets.token_urlsafe(64), "until": now + TICKET_SECONDS}
            tickets[account.kind] = kept
    world.changed()
    return DONE | {"ticket": kept["value"], "expires_in": int(kept["until"] - now)}
