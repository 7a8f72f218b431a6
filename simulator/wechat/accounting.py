"""What an account may learn and mend of its quotas, and of a call that was refused."""

import re

from flask import Blueprint, request

from ..wire import KEPT_LINES, Crossing
from ..world import World, here
from . import quotas
from .api import DONE, Answer, WeChatError, caller, known, posted

blueprint = Blueprint("wechat_accounting", __name__)
RID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{8}){2}")
KEPT_SECONDS = 7 * 24 * 3600


@blueprint.route("/cgi-bin/clear_quota", methods=["GET", "POST"])
def clear() -> Answer:
    """Clear all quotas of the account; ten times a month."""
    account, told = caller(), posted()
    if told.get("appid") != account.appid:
        raise WeChatError(40013)
    quotas.clear(here(), account.kind)
    return dict(DONE)


@blueprint.post("/cgi-bin/clear_quota/v2")
def clear_by_secret() -> Answer:
    """Clear all quotas without a token: appid and appsecret in the query or the body."""
    told = request.args.to_dict() or posted()
    account = known(str(told.get("appid", "")), str(told.get("appsecret", "")))
    quotas.clear(here(), account.kind)
    return dict(DONE)


@blueprint.route("/cgi-bin/openapi/quota/clear", methods=["GET", "POST"])
def clear_one() -> Answer:
    """Clear the quota of one path."""
    account, path = caller(), limited(posted())
    quotas.clear_path(here(), account.kind, path)
    return dict(DONE)


@blueprint.route("/cgi-bin/openapi/quota/get", methods=["GET", "POST"])
def get() -> Answer:
    """Tell the daily limit of a path, how much of it is used, and its rate."""
    account, path = caller(), limited(posted())
    world, quota = here(), quotas.QUOTAS[path]
    limit = quotas.daily(world, path) or 0
    used = quotas.used(world, account.kind, quota.get("shared", path))
    calls, seconds, _ = quota.get("rate", (0, 0, 0))
    return DONE | {
        "quota": {"daily_limit": limit, "used": used, "remain": max(0, limit - used)},
        "rate_limit": {"call_count": calls, "refresh_second": seconds},
    }


def limited(told: Answer) -> str:
    """Return the cgi_path asked about; 76021 if it has no quota, 76022 if no token opens it."""
    path = str(told.get("cgi_path", ""))
    if path.startswith("/sns/"):
        raise WeChatError(76022)
    if path not in quotas.QUOTAS:
        raise WeChatError(76021)
    return path


@blueprint.route("/cgi-bin/openapi/rid/get", methods=["GET", "POST"])
def explain() -> Answer:
    """Tell what was asked and answered in a refused call of the last seven days."""
    caller()
    rid, world = str(posted().get("rid", "")), here()
    if not RID.fullmatch(rid):
        raise WeChatError(76002)
    line = found(world, rid)
    if line is None:
        raise WeChatError(76001)
    if world.clock.seconds() - line["at"] > KEPT_SECONDS:
        raise WeChatError(76004)
    told = {
        "invoke_time": int(line["at"]),
        "cost_in_ms": line["ms"],
        "request_url": line["path"],
        "request_body": line["request"],
        "response_body": line["answer"],
        "client_ip": request.remote_addr or "",
    }
    return DONE | {"request": told}


def found(world: World, rid: str) -> Crossing | None:
    """Return the logged call whose errmsg ends with this rid, None if there is none."""
    lines = reversed(world.wire.since(0, KEPT_LINES))
    return next((one for one in lines if one["answer"].endswith(f'rid: {rid}"}}')), None)
