"""The end of a day: time moves on, statements are fetched and held against the books."""

from contextlib import suppress
from datetime import date
from typing import Any

from base import alarms, clock, outbox
from base.errors import Unreachable
from payments import bills, refunds, repaying
from payments.reconciliation import daily, differences, healing, store
from payments.reconciliation.store import Difference, Statement
from payments.refunds import Refund
from script.chaoses import daybook
from script.chaoses.money.town import BILL, Town

QIAN, SUN = "operator:qian", "operator:sun"


def at(town: Town, hour: int, minute: int = 0) -> date:
    """Let it become this time of the day in Shanghai; the day it is then."""
    now = clock.now().astimezone(clock.SHANGHAI)
    minutes = (hour * 60 + minute - now.hour * 60 - now.minute) % (24 * 60)
    town.advance(seconds=minutes * 60 - now.second)
    return clock.today()


def noon_paid(town: Town) -> None:
    """Have her pay by WeChat Pay at noon, and know it; `town.opened` is the order."""
    at(town, 12)
    town.opened = town.open("wechat")
    town.pay(town.opened)
    asked(town)


def nobody(_among: Any) -> tuple[()]:
    return ()


def fetched(town: Town, wallet: str, day: date) -> Statement:
    """What there is of a statement after one try to fetch it."""
    daily.expect(town.db, town.wallets)
    with suppress(Unreachable):
        daily.fetch(town.db, town.wallets, store.name(wallet, day))
    return store.statement(town.db, store.name(wallet, day))


def matched(town: Town, wallet: str, day: date, owing: Any = nobody) -> list[Difference]:
    """The differences of a day whose statement was fetched and matched."""
    fetched(town, wallet, day)
    daily.match(town.db, town.wallets, store.name(wallet, day), owing)
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


def payment(town: Town, **other: Any) -> daybook.Row:
    """The line that WeChat's statement has of the one payment that is booked."""
    fact = next(iter(town.db["money_facts"].find({"kind": "payment"})))
    told = {"order": fact["attempt"], "transaction": fact["transaction"], "fen": fact["amount"]}
    return told | {"at": clock.now(), "refund": "", "id": ""} | other


def refunding(town: Town, **other: Any) -> tuple[Refund, daybook.Row]:
    """Ask for the fee back; the line that WeChat's statement has of it while it is under way."""
    owed = refunds.owe(town.db, BILL, "case_ended")[0]
    repaying.go(town.db, town.wallets, BILL, owed.number)
    kept = town.web.get(f"{town.url}/control/v1/wallets/wechat/orders").json()["orders"][0]
    known = {"refund": owed.number, "id": kept["refunds"][owed.number]["refund_id"]}
    return owed, payment(town, **known | {"state": "PROCESSING"} | other)


def told(
    town: Town,
    day: date,
    *lines: daybook.Row,
    wallet: str = "wechat",
    by: str = "system",
    content: bytes | None = None,
) -> dict[str, str]:
    """Match a day's statement of these lines; the causes and states of its differences."""
    given = daybook.statement(list(lines)) if content is None else content
    daily.receive(town.db, wallet, day, given, by=by)
    daily.match(town.db, town.wallets, store.name(wallet, day), nobody)
    return causes(town, day, wallet)


def causes(town: Town, day: date, wallet: str = "wechat") -> dict[str, str]:
    return {each.cause: each.state for each in found(town, wallet, day)}


def heal(town: Town, day: date, wallet: str = "wechat") -> dict[str, str]:
    return dict(healed(town, wallet, day))


def keep(town: Town) -> None:
    """Match what is promised to be matched, as app.jobs does."""
    for held in outbox.take(town.db["statements"]):
        for owed in held.promises:
            if owed["effect"] == "statement.match":
                daily.match(town.db, town.wallets, held.id, nobody)
            outbox.kept(town.db["statements"], held, owed)
        outbox.release(town.db["statements"], held)


def sounding(town: Town) -> set[str]:
    return {each["kind"] for each in alarms.standing(town.db)}
