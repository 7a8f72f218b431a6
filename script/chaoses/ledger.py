"""Messages while everything is killed: none lost, none sent without leave, each accounted for."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from tracking import messages, store, undeliverable
from tracking.ledger import ENDED
from tracking.store import MessageRow

from . import crowd
from .crowd import TOLD, Somebody
from .harness import Town, Verdict, town, wait_for

SIZES: Final = {"small": (7, 7, 2, 0), "full": (1000, 2500, 50, 12)}
"""People, cases (four status changes each), kills aimed at an open send, and others."""

_SENDS: Final = {
    "mp": "/cgi-bin/message/subscribe/send",
    "oa": "/cgi-bin/message/template/send",
    "sms": "SendSms",
}
_WORD: Final = "event:subscribe_msg_sent_event"
_PATIENCE_SECONDS: Final = 60.0
_SLOW_SECONDS: Final = 2.5
_LEASE: Final = timedelta(seconds=31)
_DOUBT: Final = 330.0
_FALLBACK_SECONDS: Final = 60.0
_COUNTED_SECONDS: Final = 10.0


@dataclass
class Tally:
    """What was killed, how many open sends were cut off by it, and how many by a reset."""

    kills: Counter[str] = field(default_factory=Counter)
    aimed: int = 0
    blind: int = 0
    cut: int = 0
    reset: int = 0


def run(size: str) -> list[Verdict]:
    """Change the state of cases while parts are killed; what became of every message."""
    people, many, aimed, others = SIZES[size]
    tally = Tally()
    with town(web=1, workers=1 if size == "small" else 2) as found:
        found.control("/sms/mode", {"thirty_seconds": 0, "hour": 0, "day": 0})
        found.control("/wechat/switches", {"retry_pause_seconds": 3.0}, "PATCH")
        everybody = crowd.gather(found, people)
        began = time.monotonic()
        owners: dict[str, Somebody] = {}
        driver = threading.Thread(target=_change, args=(found, everybody, many, owners))
        driver.start()
        _rage(found, tally, aimed, others)
        driver.join()
        drained = _drain(found, size)
        took = time.monotonic() - began
        figures = _figures(found, owners, tally) | {"seconds": round(took), "drained": drained}
    return [_verdict(figures, many * len(TOLD), aimed)]


def _change(found: Town, people: list[Somebody], many: int, owners: dict[str, Somebody]) -> None:
    """Four status changes a case, case after case; a store or a lost answer is tried again."""
    service, numbers = crowd.service(found), []
    for n in range(many):
        who = people[n % len(people)]
        number = crowd.submit(found, service, who)
        owners[number] = who
        numbers.append(number)
    for name in crowd.MOVES[1:]:
        for number in numbers:
            crowd.move(found, number, name)


# The rage


def _rage(found: Town, tally: Tally, aimed: int, others: int) -> None:
    """Kill workers inside open sends, and workers, web and Valkey at any moment."""
    blind = ["worker-1", "web", "queue", "worker-2"]
    for n in range(aimed * 2):
        if tally.aimed >= aimed:
            break
        _aim(found, tally, list(_SENDS)[n % len(_SENDS)])
        while tally.blind * aimed < others * (n + 1):
            name = blind[tally.blind % len(blind)]
            found.kill(name)
            tally.kills[name] += 1
            tally.blind += 1


def _aim(found: Town, tally: Tally, channel: str) -> None:
    """Make one send slow, wait until it is open, and kill every worker in the middle of it.

    Of subscription messages every second loses the platform's word as well, so that nobody knows;
    and the next send of WeChat's is taken, but its answer is cut off.
    """
    endpoint = _SENDS[channel]
    kind = "slow" if channel == "sms" else "latency"
    found.control("/faults", {"endpoint": endpoint, "kind": kind, "seconds": _SLOW_SECONDS})
    if wait_for(lambda: _caught(found, channel), _PATIENCE_SECONDS):
        tally.cut += sum(1 for _ in _sending(found))
        for name in found.part_names("worker"):
            found.kill(name)
            tally.kills[name] += 1
        if tally.aimed % 2 == 0 and channel == "mp":
            found.control("/faults", {"endpoint": _WORD, "kind": "lost"})
        tally.aimed += 1
        if channel != "sms":
            found.control("/faults", {"endpoint": endpoint, "kind": "reset_after"})
            tally.reset += 1
    else:
        waiting = found.control("/faults")["faults"]
        tally.reset -= sum(each["kind"] == "reset_after" for each in waiting)
        found.control("/faults", None, "DELETE")


def _caught(found: Town, channel: str) -> bool:
    """Whether the slow send is under way: its fault is taken and it is still open."""
    left = found.control("/faults")["faults"]
    taken = not any(each["endpoint"] == _SENDS[channel] for each in left)
    return taken and any(row["channel"] == channel for row in _sending(found))


def _sending(found: Town) -> Iterator[dict[str, Any]]:
    return iter(list(found.db["messages"].find({"state": "sending"})))


def _drain(found: Town, size: str) -> bool:
    """Wait for every lease to end, then for every doubt: for these the clocks are put forward.

    Counting thousands costs the embedded store a third of a second: it is not done all the time.
    """
    every = 0.1 if size == "small" else _COUNTED_SECONDS
    for _ in range(2):
        wait_for(lambda: found.owed(_LEASE) <= 0, 900, every)
        found.advance(_DOUBT)
    return found.wait_drained(120)


# The reckoning


def _figures(found: Town, owners: dict[str, Somebody], tally: Tally) -> dict[str, Any]:
    rows = {row["_id"]: row for row in store.messages(found.db).find({})}
    wanted = {f"{number}:{kind}" for number in owners for kind in TOLD}
    shown = _shown(found, {each.id for each in owners.values()})
    unseen = _unseen(rows, owners, shown)
    states = Counter(row["state"] for row in rows.values())
    return {
        "messages": len(rows),
        "states": dict(states),
        "channels": dict(Counter(str(row["channel"]) for row in rows.values())),
        "kills": dict(tally.kills),
        "kills_inside_a_send": tally.aimed,
        "sends_cut_off": tally.cut + tally.reset,
        "answers_cut_off": tally.reset,
        "never_written": len(wanted - rows.keys()),
        "unfinished": states["waiting"] + states["sending"],
        "said_but_not_shown": len(unseen),
        "such_as": unseen[:3],
        "without_credit": _without_credit(rows, owners),
        "duplicates": _duplicates(shown),
        "fallback_seconds": _fallback(rows),
        "undeliverable_missing": _unlisted(found, rows),
    }


def _shown(found: Town, people: set[str]) -> Counter[tuple[str, str, str]]:
    """How often each message was shown: by channel, to whom, and what it says."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for id in people:
        for line in found.control(f"/people/{id}/chat")["lines"]:
            if line["side"] == "account" and "fields" in line:
                told = " ".join(each["value"] for each in line["fields"])
                seen[line["account"], id, told] += 1
            elif line["account"] == "sms":
                seen["sms", id, line["context"]] += 1
    return seen


def _unseen(
    rows: dict[str, MessageRow], owners: dict[str, Somebody], shown: Counter[tuple[str, str, str]]
) -> list[str]:
    """Messages the ledger calls sent by a channel on which nobody has seen them, by key.

    Not those the platform took and kept from who blocks it, where its report of that was lost.
    """
    missing = []
    for key, row in rows.items():
        blocked = row["state"] == "sent" and owners[key.partition(":")[0]].kind == "blocked"
        if row["state"] in ("sent", "arrived") and row["channel"] != "inbox" and not blocked:
            data = messages.opened(row).data.values()
            told = key if row["channel"] == "sms" else " ".join(each["value"] for each in data)
            if (row["channel"], owners[key.partition(":")[0]].id, told) not in shown:
                missing.append(f"{key} {row['channel']} {row['state']}")
    return missing


def _without_credit(rows: dict[str, MessageRow], owners: dict[str, Somebody]) -> int:
    """One-time subscription messages beyond what somebody allowed, by her openid."""
    first: Counter[str] = Counter()
    allowed = {each.openid: each.once + (each.kind == "stale") for each in owners.values()}
    for key, row in rows.items():
        if key.endswith(":case_closed"):
            opened = any(
                each["channel"] == "mp" and each["outcome"] == "opened" for each in row["history"]
            )
            first[owners[key.partition(":")[0]].openid] += opened
    return sum(max(0, count - allowed[openid]) for openid, count in first.items())


def _duplicates(shown: Counter[tuple[str, str, str]]) -> dict[str, int]:
    found = dict.fromkeys(_SENDS, 0)
    for (channel, _, _), times in shown.items():
        found[channel] += times - 1
    return found


def _fallback(rows: dict[str, MessageRow]) -> dict[str, float]:
    """Seconds from a 43101 to the next way, at most and how many there were."""
    waits = []
    for row in rows.values():
        story = row["history"]
        for place, each in enumerate(story):
            passed = (each["channel"], each["outcome"]) == ("mp", "refused")
            if passed and "43101" in str(each["reason"]):
                waits.append((story[place + 1]["at"] - each["at"]).total_seconds())
    return {"count": len(waits), "most": max(waits, default=0.0)}


def _unlisted(found: Town, rows: dict[str, MessageRow]) -> int:
    """Messages that reached nobody and that paging through the console's list does not show."""
    listed: set[str] = set()
    before = None
    while page := undeliverable.page(found.db, before=before):
        listed |= {each.key for each in page}
        before = page[-1].at
    lost = {key for key, row in rows.items() if row["state"] in ENDED}
    return len(lost - listed)


def _verdict(figures: dict[str, Any], expected: int, aimed: int) -> Verdict:
    duplicates = figures["duplicates"]
    lost = [figures[each] for each in ("never_written", "unfinished", "said_but_not_shown")]
    passed = (
        figures["messages"] == expected
        and figures["kills_inside_a_send"] >= aimed
        and not any(lost)
        and figures["without_credit"] == 0
        and duplicates["oa"] == 0
        and duplicates["mp"] + duplicates["sms"] <= aimed + figures["answers_cut_off"]
        and figures["fallback_seconds"]["most"] <= _FALLBACK_SECONDS
        and figures["undeliverable_missing"] == 0
    )
    return Verdict("every message accounted for while everything is killed", passed, figures)
