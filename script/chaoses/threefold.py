"""A hundred officers ask for a payment back at once, three times as much as was paid."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, Final

from base.errors import Problem
from payments import bills, decisions, ledger, refunds

from .harness import Verdict
from .money import checks, refunding
from .money.stage import Stage, stage
from .money.town import BILL, Line, Town

SIZES: Final = {"small": (("alipay",), 24), "full": (("wechat", "alipay", "unionpay"), 100)}
"""Wallets, one payment at each, and how many ask at once."""

_OFFICERS: Final = 7
_TAPS: Final = 200
_TIMES: Final = 3
_SOON: Final = timedelta(days=1)


def run(size: str) -> list[Verdict]:
    """Whatever they do, no more goes back than came, and nobody decides for herself."""
    wallets, many = SIZES[size]
    with stage() as here:
        return [bar(here, wallet, many) for wallet in wallets]


def bar(here: Stage, wallet: str, many: int) -> Verdict:
    """One payment, asked back by so many at once, each asking and deciding about others' wishes."""
    town = here.town()
    refunding.paid(town, wallet)
    fen, said = Line.total * _TIMES // many, Counter[str]()
    gate = threading.Barrier(many)

    def both(n: int) -> None:
        wish = refunding.wish(town, fen, f"key{n}", by=_officer(n))
        gate.wait(60)
        said[_tapped(lambda: refunds.request(town.db, BILL, wish), "asked")] += 1
        for number in list(town.bill().refunds):
            act = partial(decisions.approve, town.db, BILL, number, by=_officer(n))
            said[_tapped(act, "agreed")] += 1

    with ThreadPoolExecutor(many) as pool:
        list(pool.map(both, range(many)))
    for _ in range(many):
        town.advance(minutes=2)
        town.keep()
        if not town.owes(_SOON):
            break
    return _verdict(town, wallet, many, fen, said)


def _officer(n: int) -> str:
    return f"operator:{n % _OFFICERS}"


def _tapped(act: Callable[[], object], done: str) -> str:
    """Do something as an officer does, again while too many want the same bill; how it ended."""
    for _ in range(_TAPS):
        try:
            act()
        except bills.Contended:
            continue
        except Problem as problem:
            return problem.code
        return done
    return "contended"


def _verdict(town: Town, wallet: str, many: int, fen: int, said: Counter[str]) -> Verdict:
    books = checks.read(town)
    back, sums = sum(fen for _, _, fen in books.back), ledger.balances(books.bill.ledger)
    own = sum(each.decided_by == each.requested_by for each in books.bill.refunds.values())
    figures: dict[str, Any] = {
        "asked_at_once": many,
        "fen_each": fen,
        "paid": Line.total,
        "promised": len(books.bill.refunds),
        "given_back": back,
        "still_refundable": books.bill.refundable,
        "decided_by_the_asker": own,
        "said": dict(said),
        "ledger": sums,
    }
    most = Line.total // fen
    passed = (
        0 < back == fen * len(books.bill.refunds) <= Line.total
        and len(books.bill.refunds) == min(most, said["asked"])
        and own == 0
        and said["same_officer"] > 0
        and sum(sums.values()) == 0
        and sums["returned"] == -back
    )
    return Verdict(
        f"{wallet}: {many} refunds at once, worth three times the payment", passed, figures
    )
