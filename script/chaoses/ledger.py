"""Messages while everything is killed: none lost, none sent without leave, each accounted for."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from base import clock

from . import crowd, reckoning
from .crowd import TOLD, Somebody
from .harness import Town, Verdict, town, wait_for
from .reckoning import CONSENTED

_SENDS: Final = {
    "mp": "/cgi-bin/message/subscribe/send",
    "biz": "/cgi-bin/message/subscribe/bizsend",
    "oa": "/cgi-bin/message/template/send",
    "sms": "SendSms",
}
_WORD: Final = "event:subscribe_msg_sent_event"
_PATIENCE_SECONDS: Final = 60.0
_SLOW_SECONDS: Final = 2.5
_SENDING: Final = ("cases", "messages")
_LEASE: Final = timedelta(seconds=31)
_DOUBT: Final = 330.0
_FALLBACK_SECONDS: Final = 60.0
_COUNTED_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Rage:
    """How many people, cases (four status changes each), kills aimed at an open send, and others.

    `hurried` is of one worker and a kill a change: every case makes the same change, a send of that
    is cut off, and the worker stays dead, by the clocks, until what it held is free again.
    """

    people: int
    cases: int
    aimed: int
    others: int
    hurried: bool = False


SIZES: Final = {
    "small": Rage(7, 7, aimed=len(_SENDS), others=0, hurried=True),
    "full": Rage(1000, 2500, aimed=50, others=12),
}


@dataclass
class Tally:
    """Whose case is which, what was killed, how many open sends were cut off by it or by a reset.

    `aimed` are kills inside a send, by channel; `changes` lets the cases make one more change.
    """

    owners: dict[str, Somebody] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    deaths: list[datetime] = field(default_factory=list)
    aimed: Counter[str] = field(default_factory=Counter)
    blind: int = 0
    cut: int = 0
    reset: int = 0
    changes: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def kill(self, found: Town, name: str, meanwhile: Callable[[], None] | None = None) -> None:
        """Kill a part, and note when a worker died at the latest."""
        found.kill(name, meanwhile)
        self.kills[name] += 1
        if name.startswith("worker"):
            self.deaths.append(clock.now())

    def figures(self) -> dict[str, Any]:
        """What was done to the messages."""
        return {
            "kills": dict(self.kills),
            "kills_inside_a_send": dict(self.aimed),
            "sends_cut_off": self.cut + self.reset,
            "answers_cut_off": self.reset,
        }


def run(size: str) -> list[Verdict]:
    """Change the state of cases while parts are killed; what became of every message."""
    rage, tally = SIZES[size], Tally()
    with town(web=1, workers=1 if rage.hurried else 2) as found:
        found.control("/sms/mode", {"thirty_seconds": 0, "hour": 0, "day": 0})
        found.control("/wechat/switches", {"retry_pause_seconds": 3.0}, "PATCH")
        everybody = crowd.gather(found, rage.people)
        began = time.monotonic()
        driver = threading.Thread(target=_change, args=(found, everybody, rage.cases, tally))
        driver.start()
        _rage(found, tally, rage)
        driver.join()
        drained = _drain(found, rage)
        took = time.monotonic() - began
        figures = reckoning.figures(found, tally.owners, tally.deaths) | tally.figures()
        figures |= {"seconds": round(took), "drained": drained}
    return [_verdict(figures, rage)]


def _change(found: Town, people: list[Somebody], many: int, tally: Tally) -> None:
    """Four status changes a case, case after case; a store or a lost answer is tried again."""
    service, numbers = crowd.service(found), []
    tally.changes.acquire()
    for n in range(many):
        who = people[n % len(people)]
        number = crowd.submit(found, service, who)
        tally.owners[number] = who
        numbers.append(number)
    for name in crowd.MOVES[1:]:
        tally.changes.acquire()
        for number in numbers:
            crowd.move(found, number, name)


# The rage


def _rage(found: Town, tally: Tally, rage: Rage) -> None:
    """Kill workers inside open sends, and workers, web and Valkey at any moment."""
    blind = ["worker-1", "web", "queue", "worker-2"]
    if not rage.hurried:
        tally.changes.release(len(crowd.MOVES))
    for n in range(rage.aimed * 2):
        if tally.aimed.total() >= rage.aimed:
            break
        _aim(found, tally, list(_SENDS)[n % len(_SENDS)], rage.hurried)
        while tally.blind * rage.aimed < rage.others * (n + 1):
            name = blind[tally.blind % len(blind)]
            tally.kill(found, name)
            tally.blind += 1


def _aim(found: Town, tally: Tally, channel: str, hurried: bool) -> None:
    """Make one send slow, wait until it is open, and kill every worker in the middle of it.

    The next send of WeChat's is taken, but its answer is cut off.
    """
    endpoint = _SENDS[channel]
    kind = "slow" if channel == "sms" else "latency"
    found.control("/faults", {"endpoint": endpoint, "kind": kind, "seconds": _SLOW_SECONDS})
    tally.changes.release()
    if wait_for(lambda: _caught(found, channel), _PATIENCE_SECONDS):
        tally.cut += sum(1 for _ in _sending(found))
        for name in found.part_names("worker"):
            tally.kill(found, name, partial(_outlive, found, tally, channel) if hurried else None)
        if not hurried:
            _silence(found, tally, channel)
        tally.aimed[channel] += 1
        if channel != "sms":
            found.control("/faults", {"endpoint": endpoint, "kind": "reset_after"})
            tally.reset += 1
    else:
        waiting = found.control("/faults")["faults"]
        tally.reset -= sum(each["kind"] == "reset_after" for each in waiting)
        found.control("/faults", None, "DELETE")


def _outlive(found: Town, tally: Tally, channel: str) -> None:
    """Let the leases of the dead run out, once the platform is through with what it will tell of.

    Its word bears no id of ours: it must not come when the next send is open already.
    """
    if channel in CONSENTED:
        wait_for(lambda: _slow_sends(found) > tally.aimed.total(), _PATIENCE_SECONDS)
    _silence(found, tally, channel)
    found.advance(_LEASE.total_seconds())


def _silence(found: Town, tally: Tally, channel: str) -> None:
    """Have the platform's word on every second subscription message that was aimed at get lost."""
    if channel in CONSENTED and tally.aimed[channel] % 2 == 0:
        found.control("/faults", {"endpoint": _WORD, "kind": "lost"})


def _slow_sends(found: Town) -> int:
    lines = found.control("/log?limit=2000")["lines"]
    return sum(each["note"] in ("fault: latency", "fault: slow") for each in lines)


def _caught(found: Town, channel: str) -> bool:
    """Whether the slow send is under way: its fault is taken and it is still open."""
    left = found.control("/faults")["faults"]
    taken = not any(each["endpoint"] == _SENDS[channel] for each in left)
    return taken and any(row["channel"] == channel for row in _sending(found))


def _sending(found: Town) -> Iterator[dict[str, Any]]:
    return iter(list(found.db["messages"].find({"state": "sending"})))


def _drain(found: Town, rage: Rage) -> bool:
    """Wait for every lease to end, then for every doubt: for these the clocks are put forward.

    Reports on what came twice, which nothing waits for, are not waited for either. Counting
    thousands costs the embedded store a third of a second: it is not done all the time.
    """
    every = 0.1 if rage.hurried else _COUNTED_SECONDS
    for _ in range(2):
        wait_for(lambda: found.owed(_LEASE, _SENDING) <= 0, 900, every)
        found.advance(_DOUBT)
    return wait_for(lambda: found.owed(where=_SENDING) <= 0, 120, every)


def _verdict(figures: dict[str, Any], rage: Rage) -> Verdict:
    duplicates, kills = figures["duplicates"], figures["kills_inside_a_send"]
    lost = [figures[each] for each in ("never_written", "unfinished", "said_but_not_shown")]
    fallbacks = figures["fallback_seconds"].values()
    waited = [each[most] for each in fallbacks for most in ("most", "most_killed")]
    passed = (
        figures["messages"] == rage.cases * len(TOLD)
        and sum(kills.values()) >= rage.aimed
        and kills.keys() == _SENDS.keys()
        and not any(lost)
        and not any(figures["without_credit"].values())
        and duplicates["oa"] == 0
        and sum(duplicates.values()) <= sum(kills.values())
        and max(waited) <= _FALLBACK_SECONDS
        and figures["undeliverable_missing"] == 0
    )
    return Verdict("every message accounted for while everything is killed", passed, figures)
