"""How fast we ask, as config/partners.toml says: one rate per account and endpoint for everybody.

The generic cell rate algorithm by the clock of Redis; while Redis is away each process keeps a
fraction of the rate by itself.
"""

import threading
import time
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from redis.exceptions import RedisError

from base import clock

from .shelf import Shelf
from .verdicts import Held

if TYPE_CHECKING:
    from redis import Redis

PATIENCE_SECONDS = 0.5
ALONE = 8
_TABLE = Path(__file__).parents[2] / "config" / "partners.toml"
# Times in microseconds; below zero: too long to wait in place, and no place taken.
_RESERVE = """
local now = redis.call('time')
now = now[1] * 1000000 + now[2]
local free = math.max(tonumber(redis.call('get', KEYS[1]) or '0'), now)
local wait = math.max(free - now - ARGV[2], 0)
if wait > tonumber(ARGV[3]) then return -wait end
local taken = free + ARGV[1]
redis.call('set', KEYS[1], string.format('%.0f', taken), 'px', math.ceil((taken - now) / 1000) + 1)
return wait
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a second, and how many may come at once after a rest."""

    per_second: float
    burst: int

    @property
    def interval(self) -> float:
        """Seconds between two calls of a steady stream."""
        return 1.0 / self.per_second

    @property
    def slack(self) -> float:
        """How many seconds a call may come before its place in a steady stream."""
        return self.interval * (self.burst - 1)

    def share(self, parts: int) -> "Rate":
        """What one process may take while it cannot ask the others."""
        return Rate(self.per_second / parts, max(self.burst // parts, 1))


@lru_cache(maxsize=1)
def rates() -> dict[str, Rate]:
    """{endpoint: rate}; what is not named goes as it comes."""
    table = tomllib.loads(_TABLE.read_text("utf-8"))["wechat_rates"]
    return {path: Rate(**each) for path, each in table.items()}


class Pace:
    """Keeps the rates of all accounts; safe to share between threads."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._own: dict[str, float] = {}

    def keep(self, appid: str, path: str) -> None:
        """Wait for our place, for half a second at most; raises Held when it is further off."""
        rate = rates().get(path)
        if rate is None:
            return
        wait = self._reserved(f"wechat:pace:{appid}:{path}", rate)
        if wait < 0:
            raise Held(path, "pace", clock.now() + timedelta(seconds=-wait))
        time.sleep(wait)

    def _reserved(self, key: str, rate: Rate) -> float:
        """Seconds until our place; below zero no place was taken."""
        try:
            return self._shelf.ask(lambda redis: _shared(redis, key, rate))
        except RedisError:
            with self._lock:
                return self._alone(key, rate.share(ALONE))

    def _alone(self, key: str, rate: Rate) -> float:
        now = time.monotonic()
        free = max(self._own.get(key, 0.0), now)
        wait = max(free - now - rate.slack, 0.0)
        if wait > PATIENCE_SECONDS:
            return -wait
        self._own[key] = free + rate.interval
        return wait


def _shared(redis: "Redis", key: str, rate: Rate) -> float:
    micros = [round(each * 1e6) for each in (rate.interval, rate.slack, PATIENCE_SECONDS)]
    return cast("int", redis.eval(_RESERVE, 1, key, *micros)) / 1e6
