"""A small town for money: the simulator's wallets, ours, somebody who pays, and a bill to pay."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import requests
from werkzeug.serving import make_server
from werkzeug.test import Client

from base import clock, numbers, outbox
from base.errors import Problem, Unreachable
from base.store import Database
from payments import attempts, bills, repaying
from payments.wallets import (
    Payer,
    Wallets,
)
from script import servers
from script.chaoses.told import MONEY
from simulator.__main__ import Quiet
from simulator.app import application
from simulator.wallets import alipay_trades
from simulator.world import World

from .sides import Pems, world

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CASE: Final = "202611214831075"
BILL: Final = numbers.derived(CASE, "fee")
CONSOLE: Final = "R1"
"""The number of what a merchant gives back at WeChat's console."""
TITLE: Final = MONEY["title"]


@dataclass(frozen=True)
class Line:
    """The one line of the bill: 80 yuan."""

    code: str = "cert"
    name: str = MONEY["line"]
    amount: int = 8000
    unit: str = MONEY["unit"]
    quantity: int = 1
    total: int = 8000
    basis: str = MONEY["basis"]


@dataclass(frozen=True)
class Place:
    """Where the simulator answers, and where it believes us to be."""

    world: World
    app: "WSGIApplication"
    url: str
    our_port: int


class Kept(Quiet):
    """Keeps connections alive: the wallets are asked very often."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True


class Watch:
    """Where a clock's offset is kept when no other process must know it; stands for a database."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def __getitem__(self, _name: str) -> "Watch":
        return self

    def find_one(self, _which: object) -> dict[str, Any]:
        """The offset's document, as a collection gives it."""
        return self._kept

    def replace_one(self, _which: object, kept: dict[str, Any], **_how: object) -> None:
        """Keep another one, as a collection does."""
        self._kept = kept


class Town:
    """One store, our wallets, the simulator's, and Alice, who owes 80 yuan once `issue` is said."""

    def __init__(
        self, db: Database, place: Place, wallets: Wallets, watch: Watch | None = None
    ) -> None:
        self.db, self.place, self.wallets = db, place, wallets
        self.watch: Any = watch or db
        self.web = requests.Session()
        self._inside = Client(place.app)
        self.alice = self.control("people", name=MONEY["payer"])

    @property
    def url(self) -> str:
        """Where the simulator answers."""
        return self.place.url

    def control(self, path: str, **told: Any) -> dict[str, Any]:
        """Tell the simulator's control API something."""
        said: Any = self._inside.post(f"/control/v1/{path}", json=told).json
        return dict(said)

    def payer(
        self, account: str = "oa", person: dict[str, Any] | None = None, wallet: str = "wechat"
    ) -> Payer:
        """Who pays inside WeChat: Alice unless another person is named.

        In Alipay's mini-program she is known as well, on its pages as nobody.
        """
        if wallet == "alipay" and account == "mp":
            app = self.wallets["alipay"].binds(None).app
            return Payer(app, alipay_trades.user_id((person or self.alice)["id"]))
        return Payer(f"wx{account}", (person or self.alice)[f"{account}_openid"])

    def issue(self) -> bills.Bill:
        """Issue the bill of this town's one case, or find it."""
        return bills.issue(
            self.db, number_of_case=CASE, resident="alice", lines=[Line()], total=8000, title=TITLE
        )

    def open(self, wallet: str, payer: Payer | None = None) -> attempts.Opened:
        """Open the bill at a wallet, as its page does."""
        chosen = payer or (self.payer() if wallet == "wechat" else None)
        return attempts.open(self.db, self.wallets, BILL, wallet, chosen, "http://127.0.0.1/back")

    def pay(self, opened: attempts.Opened) -> dict[str, Any]:
        """Pay an order as its payer does on her phone; what the wallet said."""
        told: dict[str, Any] = {"wallet": opened.wallet}
        if opened.wallet in ("wechat", "unionpay"):
            told["params"] = dict(opened.parameters)
        elif "url" in opened.parameters:
            told["url"] = opened.parameters["url"]
        else:
            told["trade_no"] = opened.parameters["tradeNO"]
        return self.control(f"people/{self.alice['id']}/pay", **told)

    def bring(self, opened: attempts.Opened, kind: str) -> dict[str, Any]:
        """Have the wallet bring a notice now, true or untrue."""
        path = f"wallets/{opened.wallet}/notify"
        return self.control(path, out_trade_no=opened.attempt, kind=kind)

    def fault(self, endpoint: str, kind: str, **values: Any) -> None:
        """Have something go wrong at the next call of an endpoint."""
        self.control("faults", endpoint=endpoint, kind=kind, **values)

    def advance(self, **span: float) -> None:
        """Put both sides' clocks forward."""
        kept = self.watch["clock"].find_one({"_id": "offset"}) or {"seconds": 0.0}
        seconds = kept["seconds"] + timedelta(**span).total_seconds()
        clock.move(self.watch, seconds)
        self.place.world.clock.set(seconds)

    def still(self) -> AbstractContextManager[None]:
        """No notice is on its way meanwhile."""
        return self.place.world.timetable.still()

    def bill(self) -> bills.Bill:
        """The bill as it is now."""
        return bills.get(self.db, BILL)

    def state(self, opened: attempts.Opened) -> str:
        """The state of an attempt."""
        return self.bill().attempts[opened.attempt].state

    def keep(self) -> list[str]:
        """Keep what is due, as app.jobs does; answers the effects that were owed."""
        kept = []
        for held in outbox.take(self.db["bills"]):
            for owed in held.promises:
                self._keep(held, owed)
                kept.append(owed["effect"])
            outbox.release(self.db["bills"], held)
        return sorted(kept)

    def owes(self, within: timedelta) -> bool:
        """Whether some bill owes something that falls due so soon."""
        soon = {"due": {"$lt": clock.now() + within}}
        return self.db["bills"].find_one(soon, {"_id": 1}) is not None

    def _keep(self, held: outbox.Held, owed: outbox.Promise) -> None:
        act = ACTS.get(owed["effect"], lambda *_, **__: None)
        try:
            act(self.db, self.wallets, **owed["data"])
        except Unreachable as error:
            outbox.delayed(self.db["bills"], held, owed, str(error), error.until)
        except Problem as error:
            outbox.delayed(self.db["bills"], held, owed, error.code)
        else:
            outbox.kept(self.db["bills"], held, owed)


ACTS: dict[str, Any] = {"attempt.ask": bills.ask, "refund.go": repaying.go}


def refund(town: Town, opened: attempts.Opened) -> None:
    """Give one fen back as a merchant does who sits at WeChat's console."""
    wallet: Any = town.wallets["wechat"]
    total = town.bill().attempts[opened.attempt].amount
    amount = {"refund": 1, "total": total, "currency": "CNY"}
    asked = {"out_trade_no": opened.attempt, "out_refund_no": CONSOLE, "amount": amount}
    wallet._wire.call("POST", "/v3/refund/domestic/refunds", asked)


@contextmanager
def place(pems: Pems) -> Iterator[Place]:
    """The simulator on a free port of loopback, and a port for us; gone afterwards."""
    made = World(world(pems))
    app = application(made)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Kept)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Place(made, app, f"http://127.0.0.1:{server.server_port}", servers.free_port())
    finally:
        server.shutdown()
        server.server_close()
        made.close()
