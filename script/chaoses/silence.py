"""A day on which no notice comes: every payment is found by asking, or by the statement."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from base import clock, numbers
from payments import attempts, bills
from payments.attempts import Opened
from payments.moves import ASKED

from .harness import Verdict
from .money.stage import stage
from .money.town import TITLE, Line, Town

SIZES: Final = {"small": 9, "full": 600}
"""Orders in one virtual day, of which one in ten is never paid."""

_WALLETS: Final = ("wechat", "alipay", "unionpay")
_DAY: Final = timedelta(hours=22)
_LATEST: Final = timedelta(minutes=110)
_SOON: Final = timedelta(minutes=30)
_SHARE: Final = 0.99
_MORNING: Final = timedelta(hours=35)


@dataclass
class Order:
    """One bill: when its order is placed, when it is paid if ever, and when we knew."""

    bill: str
    wallet: str
    placed: datetime
    payable: datetime
    opened: Opened | None = None
    paid: datetime | None = None
    settled: datetime | None = None


def run(size: str) -> list[Verdict]:
    """Payments up to 110 minutes after ordering, every notice of the day dropped."""
    with stage() as here:
        return [bar(here.town(), SIZES[size])]


def bar(town: Town, many: int) -> Verdict:
    """One virtual day and the next morning until eleven."""
    for wallet in _WALLETS:
        town.fault(f"notify/{wallet}", "drop", times=-1)
    midnight, dice = clock.now(), random.Random(1)  # noqa: S311  the same day every time
    orders = [_order(town, n, midnight, dice) for n in range(many)]
    asked = _live(town, _events(orders), midnight + _MORNING)
    for order in orders:
        booked = [each for each in bills.facts(town.db, order.bill) if not each["surplus"]]
        order.settled = booked[0]["at"] if booked else None
    return _verdict(town, orders, asked)


def _order(town: Town, n: int, midnight: datetime, dice: random.Random) -> Order:
    """Issue a bill whose order is placed at some moment of the day."""
    number = bills.issue(
        town.db,
        number_of_case=numbers.new(),
        resident="alice",
        lines=[Line()],
        total=Line.total,
        title=TITLE,
    ).number
    placed = midnight + _DAY * dice.random()
    return Order(number, _WALLETS[n % len(_WALLETS)], placed, placed + _LATEST * dice.random())


def _events(orders: list[Order]) -> list[tuple[datetime, int, Order]]:
    """What happens when, the latest first: orders are placed (0), and nine in ten are paid (1)."""
    placed = [(each.placed, 0, each) for each in orders]
    paid = [(each.payable, 1, each) for n, each in enumerate(orders, 1) if n % 10]
    return sorted(placed + paid, key=lambda event: event[:2], reverse=True)


def _live(town: Town, events: list[tuple[datetime, int, Order]], until: datetime) -> int:
    """Let time pass from one event or due promise to the next; how often wallets were asked."""
    asked = 0
    while (moment := _next(town, events)) < until:
        town.advance(seconds=max(0.0, (moment - clock.now()).total_seconds()))
        while events and events[-1][0] <= clock.now():
            _, kind, order = events.pop()
            (_pay if kind else _place)(town, order)
        asked += town.keep().count("attempt.ask")
    town.advance(seconds=max(0.0, (until - clock.now()).total_seconds()))
    return asked


def _next(town: Town, events: list[tuple[datetime, int, Order]]) -> datetime:
    """When something happens next, or a promise falls due."""
    rows = town.db["bills"].find({"due": {"$exists": True}}, {"due": 1}).sort("due", 1).limit(1)
    moments = [row["due"] for row in rows] + [each[0] for each in events[-1:]]
    return min(moments, default=datetime.max.replace(tzinfo=UTC))


def _place(town: Town, order: Order) -> None:
    payer = town.payer() if order.wallet == "wechat" else None
    order.opened = attempts.open(
        town.db, town.wallets, order.bill, order.wallet, payer, f"{town.url}/back"
    )


def _pay(town: Town, order: Order) -> None:
    assert order.opened is not None
    order.paid = clock.now()
    said = town.pay(order.opened)
    assert said["ok"], said
    assert said["notice"] is None or said["notice"]["status"] is None, "a notice came through"


def _verdict(town: Town, orders: list[Order], asked: int) -> Verdict:
    paid = [each for each in orders if each.paid]
    waits = sorted(each.settled - each.paid for each in paid if each.settled and each.paid)
    soon = sum(wait <= _SOON for wait in waits)
    states = Counter(bills.get(town.db, each.bill).state for each in paid)
    still = sum(
        entry.state in ASKED
        for order in orders
        for entry in bills.get(town.db, order.bill).attempts.values()
    )
    figures = {
        "orders": len(orders),
        "paid": len(paid),
        "settled_by_asking": len(waits),
        "within_30_minutes": soon,
        "slowest_minutes": round(waits[-1].total_seconds() / 60, 1) if waits else None,
        "questions": asked,
        "bills_at_eleven": dict(states),
        "orders_still_asked_about": still,
    }
    passed = soon >= _SHARE * len(paid) and states == {"paid": len(paid)} and not still
    return Verdict("no notice for a day: found by asking", passed, figures)
