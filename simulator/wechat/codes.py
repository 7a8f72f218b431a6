"""One-time codes of sign-in, phone number and web authorisation; kept in part "wechat.codes"."""

import secrets
from typing import Any

from ..people import Person
from ..world import Account, World

LIFE_SECONDS = 300


class Refused(Exception):
    """A code is of no use: `why` is "invalid", "used" or "expired"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def issue(world: World, purpose: str, account: Account, person: Person, **more: Any) -> str:
    """Return a new code of 32 characters for "login", "phone" or "web", good for five minutes."""
    code = "0" + secrets.token_urlsafe(24)[:31]
    now = world.clock.seconds()
    with world.lock:
        codes = world.part("wechat.codes")
        for old in [key for key, kept in codes.items() if kept["until"] < now - LIFE_SECONDS]:
            del codes[old]
            world.changed("wechat.codes", old)
        codes[code] = {
            "purpose": purpose,
            "kind": account.kind,
            "person": person.id,
            "until": now + LIFE_SECONDS,
            "used": False,
        } | more
    world.changed("wechat.codes", code)
    return code


def use(world: World, purpose: str, account: Account, code: str) -> dict[str, Any]:
    """Use a code once and return what it was issued with; Refused otherwise."""
    with world.lock:
        kept: dict[str, Any] | None = world.part("wechat.codes").get(code)
        if kept is None or (kept["purpose"], kept["kind"]) != (purpose, account.kind):
            raise Refused("invalid")
        if kept["used"]:
            raise Refused("used")
        if kept["until"] <= world.clock.seconds():
            raise Refused("expired")
        kept["used"] = True
    world.changed("wechat.codes", code)
    return kept
