"""Asking wallets how orders stand, and following what they say; no order is left unasked."""

from datetime import timedelta
from typing import Any

import structlog

from base import clock, outbox
from base.errors import Unreachable
from base.outbox import Promise
from base.store import Database

from . import quarantine, settlement, store
from .moves import ASKED, ATTEMPT_MOVES
from .outcomes import Outcome
from .records import Attempt, Bill, HistoryDoc
from .store import TRIES, Change, Contended
from .wallets import Notice, Wallet, Wallets
from .wallets.wallet import Refused, Standing

# pay.weixin.qq.com/wiki/doc/apiv3/Practices/chapter1_1_1.shtml, plan A; then on and on.
ASKS = tuple(timedelta(seconds=each) for each in (5, 30, 60, 180, 300, 600, 1800))
AFTERWARDS = timedelta(minutes=15)
GRACE = timedelta(minutes=1)
# A payment begun in an order's last minute has come to its end by then: UnionPay's last advised
# question about one under way comes 120 minutes after it began; the others decide at once.
DECIDED = timedelta(hours=2)
RARELY = timedelta(hours=6)

_log = structlog.get_logger()


def ask(db: Database, wallets: Wallets, bill: str, attempt: str, n: int | None = None) -> None:
    """Ask the wallet how an order stands and follow it: the effect "attempt.ask".

    `n` counts the scheduled questions: the n-th promises the next one, until the order is paid
    or closed at its wallet. Without `n` it is asked once. A wallet that does not answer changes
    nothing; the next question comes anyway. An order of a wallet that is not ours any more is left
    when its time is over. Raises Contended.
    """
    current = store.get(db, bill)
    entry = current.attempts.get(attempt)
    if entry is None or entry.state not in ASKED:
        return
    if entry.wallet in wallets:
        _ask(db, wallets[entry.wallet], current, entry)
    else:
        give_up(db, bill, entry)
    if n is not None:
        _again(db, bill, attempt, n)


def closing(bill: Bill, but: str = "") -> tuple[Promise, ...]:
    """Have every order of a bill that could still be paid asked about, and closed, at once."""
    return tuple(
        outbox.promise("attempt.ask", bill=bill.number, attempt=each.number)
        for each in bill.attempts.values()
        if each.number != but and each.state in ASKED
    )


def refresh(db: Database, wallets: Wallets, bill: str) -> Bill:
    """The bill after asking about every order that may have been paid; for return pages."""
    for entry in store.get(db, bill).attempts.values():
        if entry.state in ASKED:
            ask(db, wallets, bill, entry.number)
    return store.get(db, bill)


def follow(
    db: Database,
    wallet: Wallet,
    bill: Bill,
    entry: Attempt,
    *,
    ending: bool,
    absent: str = "leave",
) -> None:
    """Query, and when the order is to end, close it and query again; then do as the wallet says.

    `absent` is the move of an order that is to end and that the wallet does not know.
    Raises Unreachable and Refused when the wallet gives no answer to go by.
    """
    standing = wallet.query(entry.number, entry.created)
    if ending and standing.state in ("open", "absent"):
        wallet.close(entry.number)
        standing = wallet.query(entry.number, entry.created)
    if standing.notice is not None:
        paid(db, bill, entry, standing, standing.notice)
    elif standing.state == "closed" or (standing.state == "absent" and _never_came(entry)):
        shift(db, bill.number, entry.number, "closed")
    elif standing.state == "absent" and ending:
        shift(db, bill.number, entry.number, absent)


def _ask(db: Database, wallet: Wallet, bill: Bill, entry: Attempt) -> None:
    unwanted = bill.state != "open" or entry.amount != bill.total
    ending = unwanted or clock.now() > entry.expires
    try:
        follow(db, wallet, bill, entry, ending=ending)
    except (Unreachable, Refused) as trouble:
        _log.warning("wallet gave no answer", wallet=entry.wallet, reason=str(trouble))
        if isinstance(trouble, Refused):
            give_up(db, bill.number, entry)


def give_up(db: Database, bill: str, entry: Attempt, grace: timedelta = DECIDED) -> bool:
    """Leave an order whose wallet gives no answer to go by, once its time is over.

    Whether that is so: no payment of it can be under way then, and nothing of it waits in the
    quarantine. What was paid all the same stays to be found, and settles or goes back.
    Raises Contended.
    """
    over = clock.now() > entry.expires + grace and not quarantine.holds(db, entry.number)
    if over:
        shift(db, bill, entry.number, "leave")
    return over


def first_ask(bill: str, attempt: str) -> Promise:
    """The promise that starts the chain of questions about a new order."""
    return outbox.promise("attempt.ask", after=ASKS[0], bill=bill, attempt=attempt, n=0)


def shift(db: Database, bill: str, attempt: str, move: str, **values: Any) -> bool:
    """Make a move of ATTEMPT_MOVES; False when the attempt is past it. Raises Contended.

    `values` are fields of the attempt that change with it.
    """
    edge, where = ATTEMPT_MOVES[move], f"attempts.{attempt}"
    for _ in range(TRIES):
        current = store.get(db, bill)
        if current.attempts[attempt].state not in edge.starts:
            return False
        changed = {f"{where}.state": edge.to} | {f"{where}.{k}": v for k, v in values.items()}
        line = HistoryDoc(at=clock.now(), move=move, by="system", attempt=attempt)
        if store.change(db, current, Change(changed, (line,))):
            return True
    raise Contended


def paid(db: Database, bill: Bill, entry: Attempt, standing: Standing, notice: Notice) -> Outcome:
    """Settle; money that somebody gave back at the wallet's console is shown to a human.

    An order whose money fits no rule is left after its last minute, once officers have dealt with
    that money: until then nothing else may pay the bill. Raises Contended.
    """
    outcome = settlement.settle(db, notice)
    if standing.refunded and not bill.refunds:
        quarantine.put(db, settlement.REFUNDED, notice, bill.number)
    if outcome.result == "quarantined":
        give_up(db, bill.number, entry, grace=timedelta())
    return outcome


def _never_came(entry: Attempt) -> bool:
    """Whether not even a page opened in time can still create it; what was placed once came."""
    return not entry.handle and clock.now() > entry.expires + GRACE


def _again(db: Database, bill: str, attempt: str, n: int) -> None:
    """Promise question n + 1, unless that was done or nothing is left to ask."""
    for _ in range(TRIES):
        current = store.get(db, bill)
        entry = current.attempts[attempt]
        if entry.state not in ASKED or entry.asks != n:
            return
        again = outbox.promise(
            "attempt.ask", after=_wait(entry, n + 1), bill=bill, attempt=attempt, n=n + 1
        )
        change = Change({f"attempts.{attempt}.asks": n + 1}, promises=(again,))
        if store.change(db, current, change):
            return
    raise Contended


def _wait(entry: Attempt, n: int) -> timedelta:
    """How long from now until the n-th question, the first counted 0."""
    if n < len(ASKS):
        return max(entry.created + ASKS[n] - clock.now(), timedelta())
    late = entry.state == "left" and clock.now() > entry.expires + DECIDED
    return RARELY if late else AFTERWARDS
