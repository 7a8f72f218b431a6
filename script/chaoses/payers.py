"""People who apply, wait for the bill, open a wallet and pay, whatever is away just then."""

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

from app import runtime
from base import clock
from base.errors import Problem, Unreachable
from catalogue import fees
from catalogue.shapes import Service
from payments import attempts, bills
from payments.attempts import Opened
from people import residents, tokens
from people.residents import Account, Resident
from tracking import cases

from .harness import Town, wait_for
from .told import MONEY

WALLETS: Final = ("wechat", "alipay", "unionpay")
_FEN: Final = 8000
_BOTH_ONE_IN: Final = 4
_PATIENCE_SECONDS: Final = 120.0
_T = TypeVar("_T")


@dataclass(frozen=True)
class Rage:
    """Payers at a time, kills, the shortest and longest pause between two of these.

    How long each of how many rounds waits for all to be quiet before the clock is put forward.
    A hurried one puts the clock forward instead of waiting for dead workers' leases.
    """

    payers: int
    kills: int
    pause: tuple[float, float]
    patience_seconds: float
    rounds: int = 24
    hurried: bool = False


@dataclass
class Load:
    """Who pays, what she pays with, and what has been paid so far."""

    here: Town
    ours: runtime.Runtime
    rage: Rage
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


def pay_on(load: Load, n: int) -> None:
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
    who = replace(again(lambda: residents.arrive(load.ours.db, account)), level=2)
    bill = _bill(load, who)
    wallet = WALLETS[n % len(WALLETS)]
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
    case = again(
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
        return again(lambda: attempts.open(db, load.ours.wallets, bill, wallet, None, back))
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

    answer = again(tap)
    load.said[f"{answer.status_code} {answer.json().get('error', {}).get('code', '')}".strip()] += 1
    if answer.status_code != 201:
        return None
    said = answer.json()
    return Opened("", "wechat", said["parameters"], clock.now())


def again(act: Callable[[], _T]) -> _T:
    """Do something until neither the store nor the web nor a wallet was away."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return act()
        except (pymongo.errors.PyMongoError, requests.RequestException, Unreachable):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
