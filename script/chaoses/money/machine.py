"""What residents, wallets, officers, forgers and crashes may do to one bill, step by step.

`Money` is the generator: the tests run some sequences of it, `script/chaos money` very many.
"""

import itertools
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple

from base import clock
from base.errors import Problem, Unreachable
from payments import attempts, bills, decisions, refunds, repaying, waivers
from payments import counter as over
from payments.bills import Bill
from script.chaoses.told import MONEY

from . import checks
from .stage import Stage
from .tally import Tally, step
from .town import BILL

SHORTEST = 13
SOON = timedelta(days=2)
WALLETS = st.sampled_from(["wechat", "alipay", "unionpay"])
UNTRUE = st.sampled_from(["forged", "stale", "short", "other_payer", "other_merchant"])
# Only WeChat knows who is to pay, elsewhere whoever holds the page does, and only WeChat signs when
# it spoke (docs/money.md, row 12).
NO_LIES = set(itertools.product(("alipay", "unionpay"), ("other_payer", "stale")))
OFFICERS = st.sampled_from(["operator:qian", "operator:sun", "operator:li"])
SUMS = st.sampled_from([1, 2700, 4000, 8000])
COMMANDS = st.integers(1, 8)
VOUCHERS = st.sampled_from(["A001", "A002"])
TERMINALS = {"cash": "", "pos": "62000001"}
NTH = st.integers(0, 3)
WHEN = st.sampled_from(["before", "after"])
# endpoint and kind of what may go wrong with the next refund, at its wallet or on the way
MISHAPS = st.sampled_from(
    [
        ("refund/wechat", {"kind": "abnormal"}),
        ("refund/wechat", {"kind": "closed"}),
        ("refund/wechat", {"kind": "processing", "seconds": 900}),
        ("refund/alipay", {"kind": "processing", "seconds": 900}),
        ("refund/alipay", {"kind": "lost"}),
        ("refund/unionpay", {"kind": "processing", "seconds": 900}),
        ("refund/unionpay", {"kind": "closed"}),
        ("refund/unionpay", {"kind": "lost"}),
        ("/gateway/api/backTransReq.do", {"kind": "reset_after"}),
        ("/gateway/api/backTransReq.do", {"kind": "answer", "respCode": "01"}),
        ("notify/unionpay", {"kind": "drop"}),
        ("/v3/refund/domestic/refunds", {"kind": "reset_after"}),
        ("/v3/refund/domestic/refunds", {"kind": "error", "code": "NOT_ENOUGH"}),
        ("/v3/refund/domestic/refunds/*", {"kind": "error", "code": "NO_AUTH"}),
        ("alipay.trade.refund", {"kind": "error_after"}),
        ("notify/wechat", {"kind": "drop"}),
        ("notify/wechat", {"kind": "duplicate"}),
        ("notify/wechat", {"kind": "delay", "seconds": 900}),
        ("notify/alipay", {"kind": "reorder"}),
    ]
)


class Money(RuleBasedStateMachine):
    """One bill, three wallets; notices come over HTTP through our own door."""

    opened = Bundle("opened")

    def __init__(self, stage: Stage, tally: Tally) -> None:
        super().__init__()
        self.tally, self.fall, self.db = tally, stage.fall, stage.db
        self.town = stage.town()
        self.taken, self.seen = 0, 0

    @initialize(target=opened, wallet=WALLETS, far=st.integers(0, 5), fen=SUMS, mishap=MISHAPS)
    def begin(self, wallet: str, far: int, fen: int, mishap: tuple[str, dict[str, Any]]) -> Any:
        """Begin before the first order, with an order, paid, or with a refund on its way."""
        if far == 0:
            return multiple()
        order = self.town.open(wallet)
        if far > 1:
            self.town.pay(order)
            self.ask(order)
        if far > 2:
            self.request(fen, "operator:qian", "a")
            self.trouble(mishap)
        if far > 3:
            self.decide(0, "operator:sun", "approve")
        return order

    @step(target=opened, wallet=WALLETS, account=st.sampled_from(["oa", "mp"]))
    def open(self, wallet: str, account: str) -> Any:
        """Open the bill at a wallet, whatever became of the last order."""
        try:
            return self.town.open(wallet, self.town.payer(account))
        except (Problem, Unreachable):
            return multiple()

    @step(order=opened, quiet=st.booleans())
    def pay(self, order: attempts.Opened, quiet: bool) -> None:
        """Pay, and be told of it or not."""
        if quiet:
            self.town.fault(f"notify/{order.wallet}", "drop")
        self.town.pay(order)

    @step(order=opened, kind=st.sampled_from(["again", "late", "refund"]))
    def hear(self, order: attempts.Opened, kind: str) -> None:
        """A true notice: once more, of a payment in whatever state, or of a refund."""
        self.heard(order, kind)

    def heard(self, order: attempts.Opened, kind: str) -> None:
        """Have a notice brought; whatever it says, our door has an answer to it."""
        status = self.town.bring(order, kind).get("status") or 0
        assert status < HTTPStatus.INTERNAL_SERVER_ERROR

    @step(order=opened, kind=UNTRUE)
    def lie(self, order: attempts.Opened, kind: str) -> None:
        """An untrue notice moves nothing."""
        if (order.wallet, kind) in NO_LIES:
            return
        with self.town.still():
            before = checks.money(self.bill())
            self.heard(order, kind)
            assert checks.money(self.bill()) == before

    @step(order=opened)
    def ask(self, order: attempts.Opened) -> None:
        """Ask how an order stands."""
        bills.ask(self.db, self.town.wallets, BILL, order.attempt)

    @step(minutes=st.sampled_from([1, 2, 20, 125]))
    def wait(self, minutes: int) -> None:
        """Let time pass, then keep what is due."""
        self.town.advance(minutes=minutes)
        self.town.keep()

    @step(really=st.sampled_from([False, False, False, True]))
    def cancel(self, really: bool) -> None:
        """Withdraw the bill, now and then."""
        if really:
            self.tried(lambda: bills.cancel(self.db, BILL, by="operator:qian"))

    @step(fen=SUMS, by=OFFICERS, key=st.sampled_from("abc"))
    def request(self, fen: int, by: str, key: str) -> None:
        """An officer asks for money back."""
        payments = self.bill().received
        wish = refunds.Wish(
            payments[0]["transaction"] if payments else "", fen, MONEY["asked"], by, key
        )
        self.tried(lambda: refunds.request(self.db, BILL, wish))

    @step(nth=NTH, by=OFFICERS, act=st.sampled_from(["approve", "approve", "reject"]))
    def decide(self, nth: int, by: str, act: str) -> None:
        """An officer agrees or not."""
        note = {"note": MONEY["rejected"]} if act == "reject" else {}
        self.on_refund(nth, lambda k: getattr(decisions, act)(self.db, BILL, k, by=by, **note))

    @step(nth=NTH, by=OFFICERS, act=st.sampled_from(["again", "drop"]))
    def rescue(self, nth: int, by: str, act: str) -> None:
        """An officer sends a refused refund again, or gives it up."""
        again = partial(decisions.again, self.db, BILL, by=by)
        drop = partial(decisions.drop, self.db, self.town.wallets, BILL, by=by)
        self.on_refund(nth, again if act == "again" else partial(drop, note=MONEY["dropped"]))

    def on_refund(self, nth: int, act: Callable[[str], object]) -> None:
        """Do something to one refund of the bill, if it has any."""
        numbers = list(self.bill().refunds)
        if numbers:
            self.tried(lambda: act(numbers[nth % len(numbers)]))

    @step(method=st.sampled_from(["cash", "pos"]), voucher=VOUCHERS, by=OFFICERS)
    def counter(self, method: str, voucher: str, by: str) -> None:
        """The whole bill is paid over the counter, perhaps while a wallet's order is open."""
        given, fen = over.Voucher(method, voucher, TERMINALS[method]), self.bill().total
        self.tried(lambda: over.take(self.db, self.town.wallets, BILL, given, amount=fen, by=by))

    @step(nth=NTH, voucher=VOUCHERS, by=OFFICERS)
    def hand_back(self, nth: int, voucher: str, by: str) -> None:
        """What came over the counter is handed back there."""
        given = over.Voucher("cash", voucher)
        self.on_refund(nth, lambda k: over.give_back(self.db, BILL, k, given, by=by))

    @step(fen=SUMS, by=OFFICERS, other=OFFICERS)
    def reduce(self, fen: int, by: str, other: str) -> None:
        """An officer asks for a reduction, and the same or another one grants it."""
        wish = waivers.Wish(fen, "", MONEY["basis"], MONEY["asked"], by, f"{fen}{by}")
        asked = self.tried(lambda: waivers.ask(self.db, BILL, wish))
        if asked is not None:
            self.tried(lambda: waivers.grant(self.db, BILL, asked.id, by=other))

    @step(mishap=MISHAPS)
    def trouble(self, mishap: tuple[str, dict[str, Any]]) -> None:
        """Something will go wrong with the next refund."""
        endpoint, told = mishap
        self.town.fault(endpoint, **told)

    @step(fate=st.sampled_from(["SUCCESS", "ABNORMAL"]))
    def by_hand(self, fate: str) -> None:
        """A merchant ends, at WeChat's console, a refund that got stuck there."""
        for each in self.bill().refunds.values():
            if each.wallet == "wechat" and each.state == "abnormal":
                self.town.control("wallets/wechat/refunds", out_refund_no=each.number, fate=fate)

    @step(end=st.just("case_ended"), really=st.sampled_from([False, False, True]))
    def ended(self, end: str, really: bool) -> None:
        """The case has ended, now and then, and its fee goes back."""
        if really:
            self.tried(lambda: refunds.owe(self.db, BILL, end))

    @step(order=opened, n=COMMANDS, when=WHEN)
    def crash_settling(self, order: attempts.Opened, n: int, when: Any) -> None:
        """Killed while an order is asked about and settled."""
        self.killed("settle", lambda: self.ask(order), n, when)

    @step(wallet=WALLETS, n=COMMANDS, when=WHEN)
    def crash_opening(self, wallet: str, n: int, when: Any) -> None:
        """Killed while a wallet is opened."""
        self.killed("open", lambda: self.town.open(wallet), n, when)

    @step(fen=SUMS, by=OFFICERS, n=COMMANDS, when=WHEN)
    def crash_requesting(self, fen: int, by: str, n: int, when: Any) -> None:
        """Killed while an officer asks for money back."""
        payments = self.bill().received
        if payments:
            wish = refunds.Wish(payments[-1]["transaction"], fen, MONEY["asked"], by, "crash")
            self.killed("request", lambda: refunds.request(self.db, BILL, wish), n, when)

    @step(by=OFFICERS, n=COMMANDS, when=WHEN)
    def crash_refunding(self, by: str, n: int, when: Any) -> None:
        """Killed while an officer agrees, or while a refund is at its wallet."""
        for each in list(self.bill().refunds.values()):
            number = each.number
            if each.state == "requested":
                agree = partial(decisions.approve, self.db, BILL, number, by=by)
                self.killed("approve", agree, n, when)
            else:
                go = partial(repaying.go, self.db, self.town.wallets, BILL, number)
                self.killed("refund", go, n, when)

    @step(n=COMMANDS, when=WHEN, voucher=VOUCHERS)
    def crash_at_counter(self, n: int, when: Any, voucher: str) -> None:
        """Killed while money is taken over the counter."""
        given, fen, wallets = over.Voucher("cash", voucher), self.bill().total, self.town.wallets
        take = partial(over.take, self.db, wallets, BILL, given, amount=fen, by="operator:li")
        self.killed("counter", take, n, when)

    @step(n=st.integers(1, 30), when=WHEN)
    def crash_keeping(self, n: int, when: Any) -> None:
        """A worker is killed in the midst of promises; its lease runs out later."""
        self.killed("keep", self.town.keep, n, when)

    def killed(self, verb: str, act: Callable[[], object], n: int, when: Any) -> None:
        """Do something and be killed at its n-th command."""
        with suppress(Problem, Unreachable):
            if self.fall.kills(self.town.db, act, n, when):
                self.tally.crashes[f"{verb} {n} {when}"] += 1

    def tried(self, act: Callable[[], Any]) -> Any:
        """Do something that may well be refused."""
        try:
            return act()
        except (Problem, Unreachable):
            return None

    def bill(self) -> Bill:
        """The bill as it is now."""
        return self.town.bill()

    @invariant()
    def the_books_are_right(self) -> None:
        """Looked at after every step that changed the bill."""
        bill = self.bill()
        self.taken += 1
        if bill.version != self.seen:
            self.seen = bill.version
            checks.right(self.town)

    def teardown(self) -> None:
        """When all is quiet and everything was asked about, books and wallets agree."""
        if self.taken >= SHORTEST:
            self.reckon()
            self.tally.sequences += 1
        self.town.web.close()
        clock.stand_alone()

    def reckon(self) -> None:
        """Let time pass until nothing is owed, then compare; what Hypothesis cuts short is not."""
        self.town.place.world.faults.clear()
        for minutes in (2, 125, *[31] * 4, 130, 130, *[361] * 4):
            self.town.advance(minutes=minutes)
            self.town.keep()
            if not self.town.owes(SOON):
                break
        checks.right(self.town)
        checks.agreed(self.town)
