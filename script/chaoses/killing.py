"""Money while everything is killed: nothing lost, nothing doubled, all of it reconciled."""

import random
import threading
import time
from collections import Counter
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from app import reconciling, runtime
from base import clock
from base.errors import Unreachable
from base.outbox import LEASE
from base.store import Document
from config.settings import Settings
from payments import bills, days, ledger
from payments.reconciliation import store as statements
from tracking import cases

from . import crowd
from .harness import Verdict, town, wait_for
from .payers import WALLETS, Load, Rage, again, pay_on

SIZES: Final = {
    "small": Rage(3, 4, (0.3, 0.6), 1.0, rounds=240, hurried=True),
    "full": Rage(6, 200, (0.4, 1.6), 5.0),
}

_PARTS: Final = ("web", "worker-1", "store", "queue", "worker-2")
_RISING_SECONDS: Final = 0.2
_STATED: Final = (timedelta(days=2), 13)
"""After so many days, at this hour in Shanghai, every wallet has stated today and tomorrow."""


def run(size: str) -> list[Verdict]:
    """Payments by three wallets while web, workers, store and queue are killed at random."""
    rage = SIZES[size]
    with town(web=1, workers=1 if size == "small" else 2, LOG_LEVEL="ERROR") as here:
        ours = runtime.build(Settings.from_env(here.environment))
        try:
            load, began = Load(here, ours, rage, crowd.service(here)), clock.today()
            _rage(load)
            quiet = _quiet(load)
            return [_verdict(load, quiet), _statements(load, began)]
        finally:
            ours.close()


# The load


def _rage(load: Load) -> None:
    """Kill one part after the other while some people pay; each payment is ended all the same."""
    threads = [threading.Thread(target=pay_on, args=(load, n)) for n in range(load.rage.payers)]
    dice = random.Random(1)  # noqa: S311  the same rage every time
    for thread in threads:
        thread.start()
    parts = [each for each in _PARTS if each in load.here.part_names()]
    for n in range(load.rage.kills):
        time.sleep(dice.uniform(*load.rage.pause))
        while not load.here.kill(parts[n] if n < len(parts) else dice.choice(parts)):
            time.sleep(_RISING_SECONDS)
    load.over.set()
    for thread in threads:
        while thread.is_alive():
            thread.join(load.rage.patience_seconds)
            if load.rage.hurried and thread.is_alive():
                load.here.advance(LEASE.total_seconds() + 1)


# The reckoning


def _quiet(load: Load) -> bool:
    """Let time pass until every order is settled or closed and everything owed is back."""
    for _ in range(load.rage.rounds):
        if wait_for(lambda: _over(load), load.rage.patience_seconds):
            return True
        load.here.advance(95.0)
    return False


def _over(load: Load) -> bool:
    books = _books(load)
    return books["facts"] == books["paid"] and not books["owed"] and not books["unpaid_cases"]


def _there(load: Load) -> tuple[dict[str, int], dict[str, int]]:
    """{order: fen} that the wallets took, {refund: fen} that they gave back."""
    paid: dict[str, int] = {}
    back: dict[str, int] = {}
    for wallet in WALLETS:
        for order in load.here.control(f"/wallets/{wallet}/orders")["orders"]:
            ask = order.get("ask", order)
            if "paid" in order:
                paid[ask["out_trade_no"]] = ask["fen"]
            for number, each in order["refunds"].items():
                if each.get("fate", "SUCCESS") == "SUCCESS":
                    back[number] = each["fen"]
    return paid, back


def _books(load: Load) -> dict[str, Any]:
    """Both sides, as they are now."""
    paid, back = _there(load)
    found: list[Document] = []
    owed, unpaid, settled = 0, 0, Counter[str]()
    for number in load.bills:
        bill, facts = bills.get(load.ours.db, number), bills.facts(load.ours.db, number)
        found += facts
        sums = ledger.balances(bill.ledger)
        owed += -sums["owed"]
        unpaid += cases.get(load.ours.db, bill.case).payment.state != "paid"
        wanted = [each for each in facts if each["kind"] == "payment" and not each["surplus"]]
        settled[bill.number] = len(wanted)
        assert sum(sums.values()) == 0
    came = [(each["attempt"], each["amount"]) for each in found if each["kind"] == "payment"]
    return {
        "paid": sorted(paid.items()),
        "facts": sorted(came),
        "doubled": len(came) - len(dict(came)) + sum(n > 1 for n in settled.values()),
        "unsettled": sum(n == 0 for n in settled.values()),
        "surplus": sum(each["surplus"] for each in found if each["kind"] == "payment"),
        "back": sorted(
            (each["refund"], each["amount"]) for each in found if each["kind"] == "refund"
        ),
        "given_back": sorted(back.items()),
        "owed": owed,
        "unpaid_cases": unpaid,
    }


def _verdict(load: Load, quiet: bool) -> Verdict:
    books = _books(load)
    lost = set(books["paid"]) - set(books["facts"])
    figures = {
        "payments": len(books["paid"]),
        "bills": len(load.bills),
        "lost": len(lost),
        "invented": len(set(books["facts"]) - set(books["paid"])),
        "doubled": books["doubled"],
        "unsettled_bills": books["unsettled"],
        "unpaid_cases": books["unpaid_cases"],
        "paid_twice_and_given_back": len(books["back"]),
        "still_owed_fen": books["owed"],
        "kills": dict(load.here.kills),
        "the_web_said": dict(load.said),
    }
    passed = (
        quiet
        and bool(books["paid"])
        and not (lost or figures["invented"] or books["doubled"] or books["owed"])
        and not (books["unsettled"] or books["unpaid_cases"])
        and books["back"] == books["given_back"]
        and len(books["back"]) == books["surplus"]
        and sum(load.here.kills.values()) >= load.rage.kills
    )
    return Verdict("everything killed while people pay: none lost, none double", passed, figures)


def _statements(load: Load, began: date) -> Verdict:
    """Fetch what the wallets say of the days since then, and hold it against our books."""
    after, hour = _STATED
    then = days.clock_of(clock.today() + after, hour)
    load.here.advance((then - clock.now()).total_seconds())
    again(lambda: reconciling.expect(load.ours))
    figures: dict[str, Any] = {}
    for found in statements.between(load.ours.db, began, clock.today()):
        if found.state == "awaited":
            again(partial(_fetch, load, found.id))
        again(partial(reconciling.match, load.ours, found.id))
        state = statements.statement(load.ours.db, found.id).state
        differing = statements.differences(load.ours.db, found.id)
        figures[found.id] = {"state": state, "differences": [each.class_ for each in differing]}
    told = [each for each in figures.values() if each["state"] == "matched"]
    passed = len(told) >= len(WALLETS) and not any(each["differences"] for each in told)
    return Verdict(
        "everything killed while people pay: the day's statements match", passed, figures
    )


def _fetch(load: Load, id: str) -> None:
    """Fetch a statement; of a day without payments there is none, and it is asked for later."""
    try:
        reconciling.fetch(load.ours, id)
    except Unreachable as none:
        if none.until is None:
            raise
