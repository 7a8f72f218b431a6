"""Money while everything is killed: nothing lost, nothing doubled, all of it reconciled."""

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, TypeVar

import pymongo
import requests

from app import reconciling, runtime
from base import clock
from base.errors import Problem, Unreachable
from base.store import Document
from catalogue import fees
from catalogue.shapes import Service
from config.settings import Settings
from payments import attempts, bills, ledger
from payments.attempts import Opened
from payments.reconciliation import store as statements
from people import residents, tokens
from people.residents import Account, Resident
from tracking import cases

from . import crowd
from .harness import Town, Verdict, town, wait_for
from .told import MONEY

SIZES: Final = {"small": (3, 4, (0.3, 0.6)), "full": (6, 200, (0.4, 1.6))}
"""Payers at a time, kills, and the shortest and longest pause between two of these."""

_PARTS: Final = ("web", "worker-1", "store", "queue", "worker-2")
_WALLETS: Final = ("wechat", "alipay", "unionpay")
_FEN: Final = 8000
_BOTH_ONE_IN: Final = 4
_PATIENCE_SECONDS: Final = 120.0
_ROUNDS: Final = 24
_UNTIL: Final = timedelta(hours=36)
_T = TypeVar("_T")


@dataclass
class Load:
    """Who pays, what she pays with, and what has been paid so far."""

    here: Town
    ours: runtime.Runtime
    service: Service
    over: threading.Event = field(default_factory=threading.Event)
    bills: list[str] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)

    def wallet(self, order: Opened, person: str) -> None:
        """Pay an order on somebody's phone; a notice that nobody hears comes again."""
        told: dict[str, Any] = {"wallet": order.wallet}
        if order.wallet == "alipay":
            told["url"] = order.parameters["url"]
        else:
            told["params"] = dict(order.parameters)
        with suppress(requests.HTTPError):  # the wallet says no: this order was closed meanwhile
            self.here.control(f"/people/{person}/pay", told)


def run(size: str) -> list[Verdict]:
    """Payments by three wallets while web, workers, store and queue are killed at random."""
    payers, kills, pause = SIZES[size]
    with town(web=1, workers=1 if size == "small" else 2, LOG_LEVEL="ERROR") as here:
        ours = runtime.build(Settings.from_env(here.environment))
        try:
            load = Load(here, ours, crowd.service(here))
            _rage(load, payers, kills, pause)
            quiet = _quiet(load)
            return [_verdict(load, quiet), _statements(load)]
        finally:
            ours.close()


# The load


def _rage(load: Load, payers: int, kills: int, pause: tuple[float, float]) -> None:
    """Kill one part after the other while some people pay; each payment is ended all the same."""
    threads = [threading.Thread(target=_pay_on, args=(load, n)) for n in range(payers)]
    dice = random.Random(1)  # noqa: S311  the same rage every time
    for thread in threads:
        thread.start()
    parts = [each for each in _PARTS if each in load.here.part_names()]
    for n in range(kills):
        time.sleep(dice.uniform(*pause))
        load.here.kill(parts[n % len(parts)] if kills < 2 * len(parts) else dice.choice(parts))
    load.over.set()
    for thread in threads:
        thread.join()


def _pay_on(load: Load, n: int) -> None:
    """One payment after the other until the rage is over."""
    while True:
        _pay(load, n)
        n += 1
        if load.over.is_set():
            return


def _pay(load: Load, n: int) -> None:
    """Apply, wait for the bill, open a wallet, pay; now and then a page left open is paid too."""
    person = load.here.control("/people", {"following": False})
    account = Account(
        "mp",
        load.here.environment["WECHAT_MP_APPID"],
        person["mp_openid"],
        person["unionid"],
    )
    who = replace(_again(lambda: residents.arrive(load.ours.db, account)), level=2)
    bill = _bill(load, who)
    wallet = _WALLETS[n % len(_WALLETS)]
    orders = [_open(load, bill, "alipay", account)] if n % _BOTH_ONE_IN == 0 else []
    if wallet != "alipay" or not orders:
        orders.append(_open(load, bill, wallet, account))
    for order in reversed(orders):
        if order is not None:
            load.wallet(order, person["id"])
    load.bills.append(bill)


def _bill(load: Load, who: Resident) -> str:
    """Hand in an application that costs eighty yuan; the number of its bill, once it is issued."""
    line = fees.Line("cert", MONEY["line"], _FEN, MONEY["unit"], 1, _FEN, MONEY["basis"])
    key = secrets.token_hex(8)
    case = _again(
        lambda: cases.submit(
            load.ours.db,
            resident=replace(who, name_masked="**"),
            service=replace(load.service, pay_when="submit"),
            answers={},
            files={},
            quote=fees.Quote((line,), _FEN),
            key=key,
        )
    ).number
    issued: list[bills.Bill] = []

    def there() -> bool:
        issued[:] = bills.of_case(load.ours.db, case)
        return bool(issued)

    assert wait_for(there, _PATIENCE_SECONDS), f"no bill for {case}"
    return issued[0].number


def _open(load: Load, bill: str, wallet: str, account: Account) -> Opened | None:
    """Open a wallet as its page does: WeChat Pay through the web, the others' pages by our hand."""
    if wallet == "wechat":
        return _opened_by_web(load, bill, account)
    db, back = load.ours.db, f"{load.here.web}/back"
    try:
        return _again(lambda: attempts.open(db, load.ours.wallets, bill, wallet, None, back))
    except Problem:
        return None


def _opened_by_web(load: Load, bill: str, account: Account) -> Opened | None:
    """Ask our API with one key until it answers, as a phone does that lost its connection."""
    owner = bills.get(load.ours.db, bill).resident
    token = tokens.issue(load.here.environment["SECRET_KEY"], owner, account, timedelta(hours=2))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(12)}
    url = f"{load.here.web}/api/v1/bills/{bill}/attempts"

    def tap() -> requests.Response:
        answer = requests.post(url, json={"wallet": "wechat"}, headers=headers, timeout=20)
        if answer.status_code >= 500:
            raise requests.ConnectionError(answer.text)
        return answer

    answer = _again(tap)
    load.said[f"{answer.status_code} {answer.json().get('error', {}).get('code', '')}".strip()] += 1
    if answer.status_code != 201:
        return None
    said = answer.json()
    return Opened("", "wechat", said["parameters"], clock.now())


def _again(act: Callable[[], _T]) -> _T:
    """Do something until neither the store nor the web nor a wallet was away."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return act()
        except (pymongo.errors.PyMongoError, requests.RequestException, Unreachable):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


# The reckoning


def _quiet(load: Load) -> bool:
    """Let time pass until every order is settled or closed and everything owed is back."""
    for _ in range(_ROUNDS):
        if wait_for(lambda: _over(load), 5):
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
    for wallet in _WALLETS:
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
    came = Counter(each["attempt"] for each in found if each["kind"] == "payment")
    return {
        "paid": sorted(paid),
        "facts": sorted(came),
        "doubled": sum(came.values()) - len(came) + sum(n > 1 for n in settled.values()),
        "unsettled": sum(n == 0 for n in settled.values()),
        "surplus": sum(each["surplus"] for each in found if each["kind"] == "payment"),
        "back": sorted(each["refund"] for each in found if each["kind"] == "refund"),
        "given_back": sorted(back),
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
    )
    return Verdict("everything killed while people pay: none lost, none double", passed, figures)


def _statements(load: Load) -> Verdict:
    """Fetch what the wallets say of these days, and hold it against our books."""
    began = clock.today()
    load.here.advance(_UNTIL.total_seconds())
    _again(lambda: reconciling.expect(load.ours))
    figures: dict[str, Any] = {}
    for found in statements.between(load.ours.db, began, clock.today()):
        if found.state == "awaited":
            _again(lambda k=found.id: reconciling.fetch(load.ours, k))  # type: ignore[misc]
        _again(lambda k=found.id: reconciling.match(load.ours, k))  # type: ignore[misc]
        state = statements.statement(load.ours.db, found.id).state
        differing = statements.differences(load.ours.db, found.id)
        figures[found.id] = {"state": state, "differences": [each.class_ for each in differing]}
    told = [each for each in figures.values() if each["state"] == "matched"]
    passed = len(told) >= len(_WALLETS) and not any(each["differences"] for each in told)
    return Verdict(
        "everything killed while people pay: the day's statements match", passed, figures
    )
