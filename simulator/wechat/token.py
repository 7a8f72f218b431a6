"""Access tokens of an account: two isolated families, the classic and the stable one.

State: part "wechat.tokens" -> account kind -> family -> list of {"value", "expires", "until"},
newest last; `expires` is the end of the token's own life, `until` the end of its use, which a
newer token may bring forward. Unix times of the virtual clock. Part "wechat.forced": account
kind -> when a stable token was last forced.
"""

import secrets
from typing import Any

from ..world import Account, World
from . import quotas

LIFE_SECONDS = 7200
OVERLAP_SECONDS = 300
FORCED_DAILY = 20
FORCED_APART_SECONDS = 30
KEPT_TOKENS = 20
SHORTEST = 40


def classic(world: World, account: Account) -> tuple[str, int]:
    """Issue a new token; the former stays usable for five minutes."""
    with world.lock:
        issued = family(world, account, "classic")
        now = world.clock.seconds()
        if issued:
            issued[-1]["until"] = min(issued[-1]["until"], now + OVERLAP_SECONDS)
        return issue(world, account, issued), LIFE_SECONDS


def stable(world: World, account: Account, force: bool) -> tuple[str, int]:
    """Return the current token, a new one in its last five minutes or by force.

    Force kills the former token, does nothing within 30 s, raises quotas.Exhausted after 20 a day.
    """
    with world.lock:
        issued = family(world, account, "stable")
        now = world.clock.seconds()
        if force and not recently_forced(world, account):
            quotas.spend(world, account.kind, "forced", FORCED_DAILY)
            world.part("wechat.forced")[account.kind] = now
            world.changed("wechat.forced")
            for token in issued:
                token["until"] = min(token["until"], now)
            return issue(world, account, issued), LIFE_SECONDS
        if issued and issued[-1]["until"] - now >= OVERLAP_SECONDS:
            return issued[-1]["value"], int(issued[-1]["until"] - now)
        return issue(world, account, issued), LIFE_SECONDS


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
    world.changed("wechat.tokens")


def family(world: World, account: Account, name: str) -> list[dict[str, Any]]:
    """Return the tokens of one family of an account; hold the lock."""
    families = world.part("wechat.tokens").setdefault(account.kind, {})
    issued: list[dict[str, Any]] = families.setdefault(name, [])
    return issued


def issue(world: World, account: Account, issued: list[dict[str, Any]]) -> str:
    """Append a new token to a family and return it."""
    expires = world.clock.seconds() + LIFE_SECONDS
    value = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(102)}"
    issued.append({"value": value, "expires": expires, "until": expires})
    del issued[:-KEPT_TOKENS]
    world.changed("wechat.tokens", account.kind)
    return value


def recently_forced(world: World, account: Account) -> bool:
    """Whether a new stable token was forced within the last thirty seconds."""
    last = world.part("wechat.forced").get(account.kind)
    return last is not None and world.clock.seconds() - last < FORCED_APART_SECONDS
