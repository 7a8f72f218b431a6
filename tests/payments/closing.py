"""The end of a day: time moves on, statements are fetched and held against the books."""

from contextlib import suppress
from datetime import date
from typing import Any

from base import clock
from base.errors import Unreachable
from payments import bills
from payments.reconciliation import daily, differences, healing, store
from payments.reconciliation.store import Difference, Statement
from script.chaoses.money.town import BILL, Town

QIAN, SUN = "operator:qian", "operator:sun"


def at(town: Town, hour: int, minute: int = 0) -> date:
    """Let it become this time of the day in Shanghai; the day it is then."""
    now = clock.now().astimezone(clock.SHANGHAI)
    minutes = (hour * 60 + minute - now.hour * 60 - now.minute) % (24 * 60)
    town.advance(seconds=minutes * 60 - now.second)
    return clock.today()


def nobody(_owing: Any) -> tuple[()]:
    return ()


def fetched(town: Town, wallet: str, day: date) -> Statement:
    """What there is of a statement after one try to fetch it."""
    daily.expect(town.db, town.wallets)
    with suppress(Unreachable):
        daily.fetch(town.db, town.wallets, store.name(wallet, day))
    return store.statement(town.db, store.name(wallet, day))


def matched(town: Town, wallet: str, day: date, unpaid: Any = nobody) -> list[Difference]:
    """The differences of a day whose statement was fetched and matched."""
    fetched(town, wallet, day)
    daily.match(town.db, town.wallets, store.name(wallet, day), unpaid)
    return found(town, wallet, day)


def found(town: Town, wallet: str, day: date) -> list[Difference]:
    return differences.of_statement(town.db, store.name(wallet, day))


def healed(town: Town, wallet: str, day: date) -> list[tuple[str, str]]:
    """Cause and state of a day's differences after the wallet was asked about each."""
    for each in found(town, wallet, day):
        healing.heal(town.db, town.wallets, each.id)
    return [(each.cause, each.state) for each in found(town, wallet, day)]


def asked(town: Town) -> None:
    """Ask about every order, as the promises do."""
    bills.refresh(town.db, town.wallets, BILL)


def seed(town: Town, wallet: str, day: date, kind: str, **told: Any) -> None:
    path = f"wallets/{wallet}/statement-faults"
    assert town.control(path, day=day.isoformat(), kind=kind, **told)["ok"]
