"""Access tokens of an account: two isolated families, the classic and the stable one.

State: part "wechat.tokens" -> account kind -> family -> list of {"value", "expires", "until"},
newest last; `expires` is the end of the token's own life, `until` the end of its use, which a
newer token may bring forward. Unix times of the virtual clock.
"""

import secrets
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..world import Account, World

LIFE_SECONDS = 7200
OVERLAP_SECONDS = 300
CLASSIC_DAILY = 2000
FORCED_DAILY = 20
FORCED_APART_SECONDS = 30
KEPT_TOKENS = 20
SHORTEST = 40
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Exhausted(Exception):
    """The day's quota of this call is used up."""


def classic(world: World, account: Account) -> tuple[str, int]:
    """Issue a new token; the former stays usable for five minutes. Raises Exhausted at 2,000."""
    with world.lock:
        spend(world, account, "classic", CLASSIC_DAILY)
        issued = family(world, account, "classic")
        now = world.clock.seconds()
        if issued:
            issued[-1]["until"] = min(issued[-1]["until"], now + OVERLAP_SECONDS)
        return issue(world, issued), LIFE_SECONDS


def stable(world: World, account: Account, force: bool) -> tuple[str, int]:
    """Return the current token, a new one in its last five minutes or by force.

    Force kills the former token, does nothing within 30 s, and raises Exhausted after 20 a day.
    """
    with world.lock:
        issued = family(world, account, "stable")
        now = world.clock.seconds()
        if force and not recently_forced(world, account):
            spend(world, account, "forced", FORCED_DAILY)
            for token in issued:
                token["until"] = min(token["until"], now)
            return issue(world, issued), LIFE_SECONDS
        if issued and issued[-1]["until"] - now >= OVERLAP_SECONDS:
            return issued[-1]["value"], int(issued[-1]["until"] - now)
        return issue(world, issued), LIFE_SECONDS


def whose(world: World, value: str) -> tuple[str, int]:
    """Return the kind of account a token is of, and the errcode if it is of no use (else 0)."""
    now = world.clock.seconds()
    with world.lock:
        for kind, families in world.part("wechat.tokens").items():
            for token in [token for issued in families.values() for token in issued]:
                if token["value"] == value:
                    expired = 42001 if now >= token["expires"] else 40001
                    return kind, 0 if now < token["until"] else expired
    return "", 40001 if len(value) >= SHORTEST else 40014


def revoke(world: World) -> None:
    """Make every token issued so far invalid, as when somebody else forces new ones."""
    with world.lock:
        for families in world.part("wechat.tokens").values():
            for token in [token for issued in families.values() for token in issued]:
                token["until"] = 0.0
    world.changed()


def family(world: World, account: Account, name: str) -> list[dict[str, Any]]:
    """Return the tokens of one family of an account; hold the lock."""
    families = world.part("wechat.tokens").setdefault(account.kind, {})
    issued: list[dict[str, Any]] = families.setdefault(name, [])
    return issued


def issue(world: World, issued: list[dict[str, Any]]) -> str:
    """Append a new token to a family and return it."""
    expires = world.clock.seconds() + LIFE_SECONDS
    value = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(102)}"
    issued.append({"value": value, "expires": expires, "until": expires})
    del issued[:-KEPT_TOKENS]
    world.changed()
    return value


def spend(world: World, account: Account, what: str, limit: int) -> None:
    """Count one use of a daily quota, which begins anew at midnight in Shanghai."""
    today = datetime.fromtimestamp(world.clock.seconds(), SHANGHAI).date()
    quotas = world.part("wechat.quotas").setdefault(account.kind, {})
    used = quotas.get(what, {"day": "", "count": 0})
    count = used["count"] if used["day"] == today.isoformat() else 0
    if count >= limit:
        raise Exhausted(what)
    now = world.clock.seconds()
    quotas[what] = {"day": today.isoformat(), "count": count + 1, "last": now}


def recently_forced(world: World, account: Account) -> bool:
    """Whether a new stable token was forced within the last thirty seconds."""
    quotas = world.part("wechat.quotas").get(account.kind, {})
    last = quotas.get("forced", {}).get("last")
    return last is not None and world.clock.seconds() - last < FORCED_APART_SECONDS
