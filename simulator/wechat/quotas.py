"""Daily quotas and rates of server APIs, counted per account.

State: part "wechat.quotas" -> account kind -> path (or another name) -> {"day", "count"}; the rates
are counted in part "wechat.rates", which no restart keeps.
"""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..world import World
from . import switches

QUOTAS: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "quotas.toml").read_text()
)
DAILY = 45009
CLEARS_A_MONTH = 10
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Exhausted(Exception):
    """A quota is used up: `errcode` says of what kind."""

    def __init__(self, errcode: int) -> None:
        super().__init__(errcode)
        self.errcode = errcode


def count(world: World, kind: str, path: str) -> None:
    """Count a call of an account of this kind; Exhausted when its rate or its day is used up."""
    quota = QUOTAS.get(path)
    if quota is None:
        return
    if "rate" in quota:
        calls, seconds, errcode = quota["rate"]
        if not paced(world, f"{kind} {path}", calls, seconds):
            raise Exhausted(errcode)
    limit = daily(world, path)
    if limit is not None:
        spend(world, kind, quota.get("shared", path), limit, quota.get("errcode", DAILY))


def daily(world: World, path: str) -> int | None:
    """Return how many calls a day a path allows, as a test or quotas.toml says."""
    told: dict[str, int] = switches.of(world, "quotas")
    found: int | None = told.get(path, QUOTAS.get(path, {}).get("daily"))
    return found


def spend(world: World, kind: str, what: str, limit: int, errcode: int = DAILY) -> None:
    """Use a daily quota once; Exhausted when `limit` is reached."""
    with world.lock:
        so_far = used(world, kind, what)
        if so_far >= limit:
            raise Exhausted(errcode)
        kept = {"day": today(world), "count": so_far + 1}
        world.part("wechat.quotas").setdefault(kind, {})[what] = kept
    world.changed("wechat.quotas", kind, what)


def used(world: World, kind: str, what: str) -> int:
    """Return how often a quota was used today."""
    with world.lock:
        kept = world.part("wechat.quotas").get(kind, {}).get(what, {})
    return int(kept["count"]) if kept.get("day") == today(world) else 0


def today(world: World) -> str:
    """Return the quotas' day, which begins at an hour of Shanghai that a switch sets."""
    begins = timedelta(hours=switches.of(world, "quota_reset_hour"))
    return (datetime.fromtimestamp(world.clock.seconds(), SHANGHAI) - begins).date().isoformat()


def paced(world: World, what: str, calls: int, seconds: float) -> bool:
    """Whether one more call keeps within `calls` in the present span of `seconds`; counts it."""
    span = int(world.clock.seconds() // seconds)
    with world.lock:
        rates = world.part("wechat.rates")
        began, so_far = rates.get(what, (span, 0))
        so_far = so_far if began == span else 0
        rates[what] = (span, so_far + 1)
    return bool(so_far < calls)


def clear(world: World, kind: str) -> None:
    """Forget all counts of an account; Exhausted after ten times a month."""
    month = today(world)[:7]
    with world.lock:
        counts = world.part("wechat.quotas").setdefault(kind, {})
        cleared = counts.get("clears", {})
        times = cleared["count"] if cleared.get("day") == month else 0
        if times >= CLEARS_A_MONTH:
            raise Exhausted(48006)
        kept = {what: counts[what] for what in counts if what == "forced"}
        counts.clear()
        counts.update(kept | {"clears": {"day": month, "count": times + 1}})
    world.changed("wechat.quotas", kind)


def clear_path(world: World, kind: str, path: str) -> None:
    """Forget the count of one path."""
    what = QUOTAS[path].get("shared", path)
    with world.lock:
        world.part("wechat.quotas").get(kind, {}).pop(what, None)
    world.changed("wechat.quotas", kind, what)
