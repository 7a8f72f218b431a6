"""Everybody writes at once, each message comes three times, some answers sleep, workers die."""

import hashlib
import random
import secrets
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from app.wechat import body, frame
from base import texts
from config.settings import Settings
from script.benches.chat import words
from script.pushes import Account, Line, text

from . import sleeper
from .harness import Town, Verdict, town

_LINES = 40
_PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Load:
    """How much is sent: distinct messages, how many a second, and what else comes with them."""

    messages: int
    rate: float
    sleep_seconds: float
    forged: int
    stale: int
    repeats: int = 3
    spread_seconds: float = 2.0
    one_sleeper_in: int = 100
    one_question_in: int = 10
    question_seconds: float = 3.0


_SIZES = {
    "small": Load(
        messages=100,
        rate=40,
        sleep_seconds=1.5,
        forged=40,
        stale=8,
        spread_seconds=0.8,
        one_sleeper_in=20,
        question_seconds=1.3,
    ),
    "full": Load(messages=10_000, rate=40, sleep_seconds=30, forged=1_000, stale=100),
}


@dataclass(order=True)
class Delivery:
    """One request: when it is due, what it says, and what came back."""

    at: float
    make: Callable[[], bytes] = field(compare=False)
    kind: str = field(compare=False)
    id: str = field(compare=False)
    status: int = field(default=0, compare=False)
    seconds: float = field(default=0.0, compare=False)
    answer: bytes = field(default=b"", compare=False)


def run(size: str) -> list[Verdict]:
    """Bar 1: every effect once, every answer within a second, nothing forged stored."""
    load = _SIZES[size]
    slow = {"CHAT_ANSWERS": sleeper.__name__, "CHAOS_SLEEP_SECONDS": str(load.sleep_seconds)}
    with town(web=1, workers=2, **slow, LOG_LEVEL="WARNING") as here:
        return bars(here, load)


def bars(here: Town, load: Load) -> list[Verdict]:
    """The bars of this row, in a town that runs already."""
    kept = here.secrets
    account = Account("/wechat/oa", kept["oa_appid"], kept["oa_token"], kept["oa_aes_key"])
    sleepers = _people(here, load.messages // load.one_sleeper_in)
    here.wait_drained(_PATIENCE_SECONDS)
    before = _stored(here)
    deliveries = [*_messages(load, account, sleepers), *_others(load, account)]
    _deliver(here, load, deliveries)
    here.wait_drained(load.sleep_seconds * 2 + _PATIENCE_SECONDS)
    stored = _stored(here) - before
    return [
        _effects(here, load, deliveries, sleepers, stored),
        _answers(deliveries),
        _refusals(load, deliveries, stored),
    ]


def _stored(here: Town) -> int:
    """How many pushes are kept: by themselves, or with their answers in their chats."""
    chats = here.db["dialogues"].find({}, {"lately.id": 1})
    answered = sum(len(each.get("lately", ())) for each in chats)
    return here.db["pushes"].count_documents({}) + answered


def _people(here: Town, many: int) -> list[dict[str, Any]]:
    """Those whose answers come late: the platform lets us write to them."""
    found = [here.control("/people", {"follow": True}) for _ in range(many)]
    for each in found:
        here.control(f"/people/{each['id']}/window", {"trigger": "message", "account": "oa"})
    return found


def _messages(load: Load, account: Account, sleepers: list[dict[str, Any]]) -> Iterator[Delivery]:
    """Searches, questions of two messages, and sleepers, each delivered three times."""
    said, dice = words(), random.Random(1)  # noqa: S311  the same load every time
    begun: dict[int, str] = {}
    gap = int(load.question_seconds * load.rate)
    for n in range(load.messages):
        sender, told, kind = f"o{secrets.token_hex(8)}", said[n % len(said)], "search"
        if n % load.one_sleeper_in == 0 and n // load.one_sleeper_in < len(sleepers):
            sender, told = sleepers[n // load.one_sleeper_in]["oa_openid"], sleeper.WORD
            kind = "sleeper"
        elif n in begun:
            sender, told, kind = begun[n], f"{told} {n}", "question"
        elif n % load.one_question_in == 1 and n + gap < load.messages:
            begun[n + gap], told, kind = sender, texts.table("chat.words.ask")[0], "begun"
        id = str(10**17 + n)
        inner = text(sender, told, id)
        for offset in _offsets(load, dice):
            yield Delivery(n / load.rate + offset, partial(account.push, inner), kind, id)


def _offsets(load: Load, dice: random.Random) -> list[float]:
    """When the copies of a message come: now and then two of them at the very same time."""
    rest = [dice.uniform(0, load.spread_seconds) for _ in range(load.repeats - 1)]
    return [0.0, 0.0, *rest[1:]] if dice.random() < 0.1 else [0.0, *rest]


def _others(load: Load, account: Account) -> Iterator[Delivery]:
    """What must be refused: signatures, appids and modes that are not ours, and what is too old."""
    until, dice = load.messages / load.rate, random.Random(2)  # noqa: S311  the same load every time
    window = Settings.__dataclass_fields__["wechat_push_window_seconds"].metadata["default"]
    old = time.time() - window - 60
    forgeries: list[Callable[[str], bytes]] = [
        lambda inner: account.push(inner, signature=hashlib.sha1(inner.encode()).hexdigest()),  # noqa: S324  the platform's choice
        lambda inner: account.push(inner, appid="wx" + "0" * 16),
        lambda inner: account.request(inner, inner),
        lambda inner: account.request(inner, ""),
    ]
    for n in range(load.forged + load.stale):
        inner = text(f"f{n}", words()[0], str(10**16 + n))
        kind = "forged" if n < load.forged else "stale"
        forge = forgeries[n % len(forgeries)]
        make = partial(forge, inner) if kind == "forged" else partial(account.push, inner, at=old)
        yield Delivery(dice.uniform(0, until), make, kind, str(10**16 + n))


def _deliver(here: Town, load: Load, deliveries: list[Delivery]) -> None:
    """Send everything at its moment, late or not, and kill a worker twice on the way."""
    waiting, lock = sorted(deliveries, reverse=True), threading.Lock()
    began = time.monotonic() + 0.5

    def deliver() -> None:
        line = Line(urlsplit(here.web).port or 0)
        while True:
            with lock:
                if not waiting:
                    return line.close()
                each = waiting.pop()
            due = began + each.at
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                each.status, each.answer = line.deliver(each.make())
            except OSError:
                each.status = -1
            each.seconds = time.monotonic() - due

    threads = [threading.Thread(target=deliver) for _ in range(_LINES)]
    for thread in threads:
        thread.start()
    for number, name in enumerate(here.part_names("worker")[:2], 1):
        time.sleep(max(0.0, began + load.messages / load.rate * number / 3 - time.monotonic()))
        here.kill(name)
    for thread in threads:
        thread.join()


def _effects(
    here: Town,
    load: Load,
    deliveries: list[Delivery],
    sleepers: list[dict[str, Any]],
    stored: int,
) -> Verdict:
    """Each message stored and answered once, each question one ticket, each sleeper one message."""
    asked = len({each.id for each in deliveries if each.kind == "question"})
    said = Counter(_said(here, each) for each in sleepers)
    unanswered = here.db["pushes"].count_documents({"reply": {"$exists": False}})
    figures = {
        "messages": load.messages,
        "stored": stored,
        "unanswered": unanswered,
        "questions": asked,
        "tickets": here.db["tickets"].count_documents({}),
        "sleepers": len(sleepers),
        "late answers by how often each was said": dict(said),
        "answers that differ between copies": _differing(here, deliveries),
        "killed": here.kills,
    }
    once = said == Counter({1: len(sleepers)}) and figures["tickets"] == asked
    same = figures["answers that differ between copies"] == 0
    passed = once and same and stored == load.messages and not unanswered
    return Verdict(
        "inbox: every effect exactly once", passed and sum(here.kills.values()) == 2, figures
    )


def _said(here: Town, person: dict[str, Any]) -> int:
    """How many late answers a person has been given."""
    lines = here.control(f"/people/{person['id']}/chat")["lines"]
    return sum("slept" in str(line) for line in lines)


def _differing(here: Town, deliveries: list[Delivery]) -> int:
    """How many messages were answered in different words by different copies."""
    kept = here.secrets
    answers: dict[str, set[str]] = {}
    for each in deliveries:
        if each.status == 200 and each.answer != b"success":
            outer = body.parse(each.answer, "xml")
            inner = frame.decipher(outer["Encrypt"], kept["oa_aes_key"], kept["oa_appid"])
            answers.setdefault(each.id, set()).add(body.parse(inner, "xml")["Content"])
    return sum(len(found) > 1 for found in answers.values())


def _answers(deliveries: list[Delivery]) -> Verdict:
    """From the moment a delivery was due until its answer was read, refused ones too."""
    genuine = [each for each in deliveries if each.kind not in ("forged", "stale")]
    took = sorted(each.seconds for each in genuine)
    p99 = statistics.quantiles(took, n=100)[98]
    wrong = Counter(each.status for each in genuine if each.status != 200)
    figures = {
        "deliveries": len(genuine),
        "p50_ms": round(statistics.median(took) * 1000, 1),
        "p99_ms": round(p99 * 1000, 1),
        "most_ms": round(took[-1] * 1000, 1),
        "not 200": dict(wrong),
    }
    return Verdict("inbox: p99 of the answer under a second", p99 < 1 and not wrong, figures)


def _refusals(load: Load, deliveries: list[Delivery], stored: int) -> Verdict:
    """Whatever is not genuine is met with 403 and leaves no row."""
    found: dict[str, Counter[int]] = {"forged": Counter(), "stale": Counter()}
    for each in deliveries:
        if each.kind in found:
            found[each.kind][each.status] += 1
    figures = {kind: dict(statuses) for kind, statuses in found.items()}
    wanted = {"forged": {403: load.forged}, "stale": {403: load.stale}}
    extra = stored - load.messages
    passed = figures == wanted and extra == 0
    return Verdict("inbox: refused and nothing stored", passed, {**figures, "stored beyond": extra})
