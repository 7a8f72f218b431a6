"""The token expires, or is refused for ever, while many processes call: nobody storms."""

import time
from collections import Counter
from typing import Any

import redis
import requests

from base import alarms

from .callers import Crowd, crowd
from .harness import Town, Verdict, town, wait_for

_SIZES = {"small": (2, 20), "full": (8, 50)}
_PATH = "/cgi-bin/menu/get"
_TOKEN = "/cgi-bin/stable_token"  # noqa: S105  an address
_LIFE_SECONDS = 7200
_OPEN_SECONDS = 45
_KNOCK_SECONDS = 0.5
_SEEN_SECONDS = 1.2
_PATIENCE_SECONDS = 60.0


def run(size: str) -> list[Verdict]:
    """Bar 2: one refresh at expiry, then at most two token calls per failing business call."""
    with town(web=1, workers=1) as here:
        return bars(here, *_SIZES[size])


def bars(here: Town, processes: int, threads: int) -> list[Verdict]:
    """The four bars of this row, in a town that runs already."""
    alone = {**here.environment, "REDIS_URL": "redis://127.0.0.1:9/0"}
    with (
        crowd(here.environment, processes, threads) as callers,
        crowd(alone, processes, threads) as lonely,
    ):
        _settled(here)
        return [
            _expires(here, callers),
            _refused(here, callers),
            _recovers(here, callers),
            _without_redis(here, callers, lonely, processes),
        ]


def _settled(here: Town) -> None:
    """Wait until the clock's own first token calls are over."""
    with redis.Redis.from_url(here.environment["REDIS_URL"]) as client:
        wait_for(lambda: client.exists("clock:knock"), 20)
    time.sleep(_KNOCK_SECONDS)


def _expires(here: Town, callers: Crowd) -> Verdict:
    """Whoever of the house comes first refreshes, and nobody else does.

    The town may hold a token of a later virtual day: it is taken away, so that this one is new.
    """
    here.control("/tokens/revoke", method="POST")
    callers.call(_PATH)
    mark = _mark(here)
    here.advance(_LIFE_SECONDS + 1)
    ended = callers.call(_PATH)
    asked = _asked(here, mark)
    figures = {"calls": ended.total(), "refreshes": asked[_TOKEN], "ended": dict(ended)}
    passed = asked[_TOKEN] == 1 and ended["answered"] == ended.total()
    return Verdict("token expiry: one refresh", passed, figures)


def _refused(here: Town, callers: Crowd) -> Verdict:
    fault = {"endpoint": _PATH, "kind": "errcode", "errcode": 40001, "times": -1}
    here.control("/faults", fault)
    mark = _mark(here)
    first = callers.call(_PATH)
    asked, failed = _asked(here, mark), first["token"]
    mark = _mark(here)
    second = callers.call(_PATH)
    quiet = sum(_asked(here, mark).values())
    is_open = wait_for(lambda: _breaker(here), _PATIENCE_SECONDS)
    figures = {
        "failing_calls": failed,
        "token_calls": asked[_TOKEN],
        "token_calls_per_failing_call": round(asked[_TOKEN] / max(failed, 1), 3),
        "first_volley": dict(first),
        "second_volley": dict(second),
        "exchanges_of_the_second": quiet,
        "breaker_open": is_open,
    }
    passed = failed > 0 and asked[_TOKEN] <= 2 * failed and is_open and quiet == 0
    return Verdict("persistent 40001: breaker", passed, figures)


def _recovers(here: Town, callers: Crowd) -> Verdict:
    """With the fault gone one call tries, and then all pass."""
    here.control("/faults", method="DELETE")
    here.advance(_OPEN_SECONDS)
    volleys: list[Counter[str]] = []

    def tried() -> bool:
        volleys.append(callers.call(_PATH))
        return volleys[-1]["answered"] > 0

    wait_for(tried, _PATIENCE_SECONDS)
    closed = wait_for(lambda: not _breaker(here), _PATIENCE_SECONDS)
    time.sleep(_SEEN_SECONDS)
    last = callers.call(_PATH)
    standing = [each["kind"] for each in alarms.standing(here.db)]
    passed = closed and last["answered"] == last.total() and "wechat_token" not in standing
    figures = {"trying": dict(volleys[-1]), "afterwards": dict(last), "alarms": standing}
    return Verdict("persistent 40001 is over: all pass", passed, figures)


def _without_redis(here: Town, callers: Crowd, lonely: Crowd, processes: int) -> Verdict:
    """Each process fetches its own token, once, and once more when it has expired.

    What the house itself fetches once more does not count.
    """
    mark = _mark(here)
    ended = lonely.call(_PATH)
    here.advance(_LIFE_SECONDS + 1)
    callers.call(_PATH)
    ended += lonely.call(_PATH)
    asked = _asked(here, mark)[_TOKEN] - 1
    figures = {"calls": ended.total(), "token_calls": asked, "ended": dict(ended)}
    passed = asked <= 2 * processes and ended["answered"] == ended.total()
    return Verdict("without Redis: no storm", passed, figures)


def _mark(here: Town) -> int:
    """The number of the last exchange with the platform."""
    return max((each["n"] for each in _lines(here, 0)), default=0)


def _asked(here: Town, mark: int) -> "dict[str, int]":
    """{endpoint: exchanges since} of the official account's token and the business endpoint."""
    found, appid = {_TOKEN: 0, _PATH: 0}, here.environment["WECHAT_OA_APPID"]
    for each in _lines(here, mark):
        path = each["path"].partition("?")[0]
        found[path] = found.get(path, 0) + (path != _TOKEN or appid in each["request"])
    return {path: found[path] for path in (_TOKEN, _PATH)}


def _lines(here: Town, mark: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = here.control(f"/log?since={mark}&limit=2000")["lines"]
    return [each for each in lines if each["way"] == "in"]


def _breaker(here: Town) -> bool:
    """Whether the processes of the town see the token's breaker open, by their own metrics."""
    page = requests.get(f"{here.web}/metrics", timeout=30).text
    return 'banshitong_token_breaker{account="oa"} 1.0' in page
