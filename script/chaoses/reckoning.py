"""What became of every message: the ledger, held against what people were shown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from tracking import messages, store, templates, undeliverable
from tracking.ledger import ENDED
from tracking.store import MessageRow

from .crowd import TOLD, Somebody
from .harness import Town

CONSENTED: Final = ("mp", "biz")
"""Channels by which nobody may be written to who has not allowed it."""

Owners = Mapping[str, Somebody]
"""Whose case it is, by its number."""


def figures(found: Town, owners: Owners, deaths: Sequence[datetime]) -> dict[str, Any]:
    """Count what is lost, doubled or sent without leave, and how soon the next way was taken."""
    rows = {row["_id"]: row for row in store.messages(found.db).find({})}
    wanted = {f"{number}:{kind}" for number in owners for kind in TOLD}
    shown = _shown(found, {each.id for each in owners.values()})
    unseen = _unseen(rows, owners, shown)
    states = Counter(row["state"] for row in rows.values())
    return {
        "messages": len(rows),
        "states": dict(states),
        "channels": dict(Counter(str(row["channel"]) for row in rows.values())),
        "never_written": len(wanted - rows.keys()),
        "unfinished": states["waiting"] + states["sending"],
        "said_but_not_shown": len(unseen),
        "such_as": unseen[:3],
        "without_credit": _without_credit(rows, owners),
        "duplicates": _duplicates(shown),
        "fallback_seconds": _fallback(rows, deaths),
        "undeliverable_missing": _unlisted(found, rows),
    }


def _shown(found: Town, people: set[str]) -> Counter[tuple[str, str, str]]:
    """How often each message was shown: by channel, to whom, and what it says."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for id in people:
        for line in found.control(f"/people/{id}/chat")["lines"]:
            if line["side"] == "account" and "fields" in line:
                told = " ".join(each["value"] for each in line["fields"])
                notice = (line["account"], line["kind"]) == ("oa", "subscription")
                seen["biz" if notice else line["account"], id, told] += 1
            elif line["account"] == "sms":
                seen["sms", id, line["context"]] += 1
    return seen


def _unseen(
    rows: dict[str, MessageRow], owners: Owners, shown: Counter[tuple[str, str, str]]
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


def _without_credit(rows: dict[str, MessageRow], owners: Owners) -> dict[str, int]:
    """Messages sent by each channel that needs a consent, beyond what somebody allowed there."""
    beyond, used = dict.fromkeys(CONSENTED, 0), Counter[str]()
    for key, row in rows.items():
        who = owners[key.partition(":")[0]]
        lasts = templates.kinds()[row["kind"]].template.long_term
        story = [(each["outcome"], each["channel"]) for each in row["history"]]
        for channel in CONSENTED:
            if ("opened", channel) in story:
                used[who.id] += not lasts
                once = channel == "mp" and used[who.id] <= who.once
                beyond[channel] += not (channel in who.lasting if lasts else once)
    return beyond


def _duplicates(shown: Counter[tuple[str, str, str]]) -> dict[str, int]:
    found = dict.fromkeys(templates.channels(), 0)
    for (channel, _, _), times in shown.items():
        found[channel] += times - 1
    return found


def _fallback(
    rows: dict[str, MessageRow], deaths: Sequence[datetime]
) -> dict[str, dict[str, float]]:
    """Seconds from a 43101 of each channel to the next way, at most and how many there were.

    Those in between of which a worker died are told apart, for they wait for its lease to end, and
    behind all that fell due before that; the bar is the same.
    """
    waits: dict[tuple[str, bool], list[float]] = {}
    for row in rows.values():
        for each, after in pairwise(row["history"]):
            channel, passed = str(each["channel"]), each["outcome"] == "refused"
            if passed and channel in CONSENTED and "43101" in str(each["reason"]):
                killed = any(each["at"] <= death <= after["at"] for death in deaths)
                seconds = (after["at"] - each["at"]).total_seconds()
                waits.setdefault((channel, killed), []).append(seconds)
    return {channel: _of(waits, channel) for channel in CONSENTED}


def _of(waits: dict[tuple[str, bool], list[float]], channel: str) -> dict[str, float]:
    left, killed = waits.get((channel, False), []), waits.get((channel, True), [])
    found = {"count": len(left), "most": max(left, default=0.0)}
    return found | {"killed": len(killed), "most_killed": max(killed, default=0.0)}


def _unlisted(found: Town, rows: dict[str, MessageRow]) -> int:
    """Messages that reached nobody and that paging through the console's list does not show."""
    listed: set[str] = set()
    before = None
    while page := undeliverable.page(found.db, before=before):
        listed |= {each.key for each in page}
        before = page[-1].at
    lost = {key for key, row in rows.items() if row["state"] in ENDED}
    return len(lost - listed)
