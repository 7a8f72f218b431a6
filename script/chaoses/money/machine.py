"""What residents, wallets, officers, forgers and crashes may do to one bill, step by step.

`Money` is the generator: the tests run some sequences of it, `script/chaos money` very many.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, multiple

from base import clock
from base.errors import Problem, Unreachable
from payments import attempts, bills, decisions, refunds, repaying, slips, waivers
from payments import counter as over
from payments.records import Refund
from script.chaoses.told import MONEY

from . import checks, draw, refunding
from .elsewhere import Elsewhere
from .stage import Stage
from .tally import Tally, step
from .town import BILL

SHORTEST = 13
SOON = timedelta(days=2)


class Money(Elsewhere):
    """One bill, three wallets; notices come over HTTP through our own door."""

    opened = Elsewhere.opened

    def __init__(self, stage: Stage, tally: Tally) -> None:
        super().__init__(stage, tally)
        self.taken, self.seen = 0, 0

    @initialize(target=opened, wallet=draw.WALLETS, far=draw.FAR, fen=draw.SUMS, ill=draw.MISHAPS)
    def begin(self, wallet: str, far: int, fen: int, ill: tuple[str, dict[str, Any]]) -> Any:
        """Begin with nothing, cash, an order, a payment, or with a refund on its way or refused."""
        if far > 6:
            self.counter(over.Voucher("cash", "A001"), "operator:qian")
        if far in (0, 7, 8):
            return multiple()
        order = self.town.open(wallet)
        if far > 1:
            self.town.pay(order)
            self.ask(order)
        if far > 2:
            self.request(fen, "operator:qian", "a")
            self.trouble(ill)
        if far > 3:
            self.decide(0, "operator:sun", "approve")
        if far > 5:
            self.refuse(0)
        return order

    @step(target=opened, wallet=draw.WALLETS, account=st.sampled_from(["oa", "mp"]))
    def open(self, wallet: str, account: str) -> Any:
        """Open the bill at a wallet, whatever became of the last order."""
        try:
            return self.town.open(wallet, self.town.payer(account, wallet=wallet))
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

    @step(order=opened, kind=draw.UNTRUE)
    def lie(self, order: attempts.Opened, kind: str) -> None:
        """An untrue notice moves nothing."""
        bound = kind == "other_payer" and "tradeNO" in order.parameters
        if (order.wallet, kind) in draw.NO_LIES and not bound:
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

    @step(really=draw.SELDOM)
    def cancel(self, really: bool) -> None:
        """Withdraw the bill, now and then."""
        if really:
            self.tried(lambda: bills.cancel(self.db, BILL, by="operator:qian"))

    @step(really=draw.SELDOM, by=draw.OFFICERS, at=draw.MOMENTS)
    def reissue(self, really: bool, by: str, at: tuple[int, Any]) -> None:
        """Issue the bill anew, once it is cancelled, perhaps for this; and perhaps be killed."""
        self.cancel(really)
        self.killed("reissue", lambda: bills.reissue(self.db, BILL, by=by), at)

    @step(fen=draw.SUMS, by=draw.OFFICERS, key=st.sampled_from("abc"))
    def request(self, fen: int, by: str, key: str) -> None:
        """An officer asks for money back."""
        payments = self.bill().received
        wish = refunds.Wish(
            payments[0]["transaction"] if payments else "", fen, MONEY["asked"], by, key
        )
        self.tried(lambda: refunds.request(self.db, BILL, wish))

    @step(nth=draw.NTH, by=draw.OFFICERS, act=st.sampled_from(["approve", "approve", "reject"]))
    def decide(self, nth: int, by: str, act: str) -> None:
        """An officer agrees or not."""
        note = {"note": MONEY["rejected"]} if act == "reject" else {}
        self.on_refund(nth, lambda k: getattr(decisions, act)(self.db, BILL, k, by=by, **note))

    @step(nth=draw.NTH, by=draw.OFFICERS, act=draw.RESCUES, at=draw.EARLY)
    def rescue(self, nth: int, by: str, act: str, at: tuple[int, Any]) -> None:
        """An officer sends a refused refund again, gives it up or has it transferred.

        She may be killed at it.
        """
        refund = self.refuse(nth)
        if refund:
            to = () if act == "again" else (self.town.wallets,)
            told = {"by": by} | ({"note": MONEY["dropped"]} if to else {})
            done = partial(getattr(decisions, act), self.db, *to, BILL, refund.number, **told)
            self.killed(act, done, at)

    def refuse(self, nth: int) -> Refund | None:
        """One refund of the bill, if it has any; refused by its wallet if it was agreed to."""
        refund = self.refund(nth)
        if refund and refund.state == "approved" and not refund.by_hand:
            self.tried(lambda: refunding.refuse(self.town, refund))
        return refund

    def refund(self, nth: int) -> Refund | None:
        """One refund of the bill, if it has any."""
        found = list(self.bill().refunds.values())
        return found[nth % len(found)] if found else None

    def on_refund(self, nth: int, act: Callable[[str], object]) -> None:
        """Do something to one refund of the bill, if it has any."""
        refund = self.refund(nth)
        if refund:
            self.tried(lambda: act(refund.number))

    @step(given=draw.GIVEN, by=draw.OFFICERS)
    def counter(self, given: over.Voucher, by: str) -> None:
        """The whole bill is paid over the counter, perhaps while a wallet's order is open."""
        fen = self.bill().total
        self.tried(lambda: over.take(self.db, self.town.wallets, BILL, given, amount=fen, by=by))

    @step(nth=draw.NTH, given=draw.GONE, by=draw.OFFICERS, at=draw.MOMENTS)
    def hand_back(self, nth: int, given: over.Voucher, by: str, at: tuple[int, Any]) -> None:
        """What came over the counter is handed back there, or a refund transferred; or killed."""
        refund = self.refund(nth)
        if refund:
            told = (self.town.wallets, BILL, refund.number, given)
            self.killed("hand_back", partial(over.give_back, self.db, *told, by=by), at)

    @step(by=draw.OFFICERS, act=st.sampled_from(["sign", "sign", "dispute"]), at=draw.AT_ONCE)
    def see(self, by: str, act: str, at: tuple[int, Any]) -> None:
        """An officer signs what passed at the counter, or disputes it, and may be killed at it."""
        told = {"by": by} | ({"note": MONEY["disputed"]} if act == "dispute" else {})
        for number in self.bill().slips:
            self.killed(act, partial(getattr(slips, act), self.db, BILL, number, **told), at)

    @step(fen=draw.SUMS, by=draw.OFFICERS, other=draw.OFFICERS)
    def reduce(self, fen: int, by: str, other: str) -> None:
        """An officer asks for a reduction, and the same or another one grants it."""
        wish = waivers.Wish(fen, "", MONEY["basis"], MONEY["asked"], by, f"{fen}{by}")
        asked = self.tried(lambda: waivers.ask(self.db, BILL, wish))
        if asked is not None:
            self.tried(lambda: waivers.grant(self.db, BILL, asked.id, by=other))

    @step(mishap=draw.MISHAPS)
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

    @step(order=opened, at=draw.MOMENTS)
    def crash_settling(self, order: attempts.Opened, at: tuple[int, Any]) -> None:
        """Killed while an order is asked about and settled."""
        self.killed("settle", lambda: self.ask(order), at)

    @step(wallet=draw.WALLETS, at=draw.MOMENTS)
    def crash_opening(self, wallet: str, at: tuple[int, Any]) -> None:
        """Killed while a wallet is opened."""
        self.killed("open", lambda: self.town.open(wallet), at)

    @step(fen=draw.SUMS, by=draw.OFFICERS, at=draw.MOMENTS)
    def crash_requesting(self, fen: int, by: str, at: tuple[int, Any]) -> None:
        """Killed while an officer asks for money back."""
        payments = self.bill().received
        if payments:
            wish = refunds.Wish(payments[-1]["transaction"], fen, MONEY["asked"], by, "crash")
            self.killed("request", lambda: refunds.request(self.db, BILL, wish), at)

    @step(by=draw.OFFICERS, at=draw.MOMENTS)
    def crash_refunding(self, by: str, at: tuple[int, Any]) -> None:
        """Killed while an officer agrees, or while a refund is at its wallet."""
        for each in list(self.bill().refunds.values()):
            number = each.number
            if each.state == "requested":
                agree = partial(decisions.approve, self.db, BILL, number, by=by)
                self.killed("approve", agree, at)
            else:
                go = partial(repaying.go, self.db, self.town.wallets, BILL, number)
                self.killed("refund", go, at)

    @step(given=draw.GIVEN, by=draw.OFFICERS, at=draw.MOMENTS)
    def crash_at_counter(self, given: over.Voucher, by: str, at: tuple[int, Any]) -> None:
        """Killed while money is taken over the counter."""
        fen, wallets = self.bill().total, self.town.wallets
        take = partial(over.take, self.db, wallets, BILL, given, amount=fen, by=by)
        self.killed("counter", take, at)

    @step(at=draw.LATE)
    def crash_keeping(self, at: tuple[int, Any]) -> None:
        """A worker is killed in the midst of promises; its lease runs out later."""
        self.killed("keep", self.town.keep, at)

    def tried(self, act: Callable[[], Any]) -> Any:
        """Do something that may well be refused."""
        try:
            return act()
        except (Problem, Unreachable):
            return None

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
        self.hear_all()
        for minutes in (2, 125, *[31] * 4, 130, 130, *[361] * 4):
            self.town.advance(minutes=minutes)
            self.town.keep()
            if not self.town.owes(SOON):
                break
        checks.right(self.town)
        checks.agreed(self.town)
