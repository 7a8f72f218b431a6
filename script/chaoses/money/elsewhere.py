"""What moves money of the machine's bill without our asking, and how a step of it is killed."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from hypothesis.stateful import Bundle, RuleBasedStateMachine

from base.errors import Problem, Unreachable
from payments import attempts, bank, foreign, settlement
from payments.bills import Bill
from payments.wallets.nontax import Levy

from . import draw, outside
from .stage import Stage
from .tally import Tally, step
from .town import BILL


class Elsewhere(RuleBasedStateMachine):
    """One bill; a merchant sits at WeChat's console, and a bank takes money on finance's notice."""

    opened = Bundle("opened")

    def __init__(self, stage: Stage, tally: Tally) -> None:
        super().__init__()
        self.tally, self.fall, self.db = tally, stage.fall, stage.db
        self.town = stage.town()
        self.given_back: attempts.Opened | None = None
        self.levy: Levy | None = None

    @step(order=opened, at=draw.MOMENTS)
    def crash_console(self, order: attempts.Opened, at: tuple[int, Any]) -> None:
        """A fen is given back at WeChat's console, once; killed while that is booked."""
        if self.given_back is None and outside.given_back(self.town, order):
            self.given_back = order
        self.hear_console(at)

    @step(really=draw.SELDOM, at=draw.MOMENTS)
    def crash_bank(self, really: bool, at: tuple[int, Any]) -> None:
        """A bank takes the money of an open bill, now and then; killed while that is booked."""
        if really and self.levy is None and self.bill().state == "open":
            self.levy = outside.paid_at_bank(self.town)
        self.hear_bank(at)

    def hear_console(self, at: tuple[int, Any]) -> None:
        """Book what WeChat proves of its console."""
        notice = outside.word(self.town, self.given_back) if self.given_back else None
        if notice is not None:
            self.killed("console", partial(foreign.book, self.db, notice), at)

    def hear_bank(self, at: tuple[int, Any]) -> None:
        """Book what finance proves of the bank's payment."""
        if self.levy is not None:
            told = bank.notice(BILL, self.levy)
            self.killed("banked", partial(settlement.settle, self.db, told), at)

    def hear_all(self) -> None:
        """Both to the end; the bank gives back what was paid in another way before."""
        self.town.advance(minutes=20)
        self.hear_console(draw.NEVER)
        self.hear_bank(draw.NEVER)
        known = {each["transaction"] for each in self.bill().received}
        if self.levy and self.levy.transaction not in known:
            outside.taken_back(self.town)

    def killed(self, verb: str, act: Callable[[], object], at: tuple[int, Any]) -> None:
        """Do something and be killed at its n-th command."""
        n, when = at
        with suppress(Problem, Unreachable):
            if self.fall.kills(self.town.db, act, n, when):
                self.tally.crashes[f"{verb} {n} {when}"] += 1

    def bill(self) -> Bill:
        """The bill as it is now."""
        return self.town.bill()
