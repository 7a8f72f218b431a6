"""Giving money back: asked for by one officer and agreed to by another, or owed by a rule.

A refund is a part of its bill. Asking takes its sum from what is refundable in the same guarded
write, so that however many ask at once, no more is promised than was received.
"""

from dataclasses import asdict, dataclass, replace

from base import clock, outbox
from base.errors import Conflict, Invalid, Missing
from base.outbox import Promise
from base.store import Database, Document

from . import attention, bank, ledger, limits, notes, order_numbers, store, telling, turns
from .moves import ON_THE_WAY
from .outcomes import named
from .reconciliation import differences
from .records import BANK, COUNTER, TRANSFER, Bill, HistoryDoc, ReceivedDoc, Refund
from .store import TRIES, Change, Contended
from .turns import SYSTEM

_SIGNS = 7


class NoSuchRefund(Missing):
    """The bill has no refund of this number."""

    code = "no_such_refund"


class NotRefundable(Conflict):
    """More is asked back than is left of this payment."""

    code = "not_refundable"


class RefundTooLarge(Invalid):
    """One refund may not ask for so much."""

    code = "refund_too_large"


class BadRefund(Invalid):
    """A refund needs a sum and a reason in words."""

    code = "bad_refund"


class RefundWindowOver(Conflict):
    """Nothing is handed out so long after the payment, or not so often."""

    code = "refund_window_over"


class PaymentDisputed(Conflict):
    """A wallet's statement or finance's list denies this payment: nothing goes back meanwhile."""

    code = "payment_disputed"


class RefundDiffers(Invalid):
    """The same form was sent before with another sum, payment or reason, or by somebody else."""

    code = "refund_differs"


@dataclass(frozen=True)
class Wish:
    """What an officer asks for: fen of which payment, why in her words, once per `key`."""

    transaction: str
    amount: int
    note: str
    by: str
    key: str


def request(db: Database, bill: str, wish: Wish) -> Refund:
    """Ask for part or all of a payment back; another officer must approve it.

    What its wallet gives back no more, after so long or so often, is to be paid by transfer. The
    same key again is the same refund. Raises NoSuchBill, BadRefund, RefundTooLarge, NotRefundable,
    PaymentDisputed, RefundWindowOver, RefundDiffers, Contended.
    """
    note = sealed(wish.note)
    if wish.amount <= 0 or not wish.key:
        raise BadRefund
    if wish.amount > limits.single():
        raise RefundTooLarge
    for _ in range(TRIES):
        current = store.get(db, bill)
        known = _asked_before(current, wish)
        if known is not None:
            return known
        payment = _payment(current, wish.transaction)
        number = payment["attempt"] + _signs("R", wish.key)
        wanted = _wanted(payment, wish.amount, "officer", wish.by, number)
        wanted = replace(wanted, note=note, way=_way(db, current, payment, wish.amount))
        if store.change(db, current, asking(current, wanted)):
            return wanted
    raise Contended


def owe(db: Database, bill: str, reason: str) -> list[Refund]:
    """Give back by rule whatever is left of a bill's payments; the same rule again adds nothing.

    What an officer asked for in vain is owed anew. An officer decides where a statement denies the
    payment, and once a refund by rule was given up. Raises NoSuchBill, Contended.
    """
    for _ in range(TRIES):
        current = store.get(db, bill)
        due = _due(db, current, reason)
        if due is None:
            return []
        if store.change(db, current, asking(current, due)):
            return [due, *owe(db, bill, reason)]
    raise Contended


def _due(db: Database, bill: Bill, reason: str) -> Refund | None:
    """The next refund that a rule owes, of what is left of a payment.

    What is left of an overdrawn one nobody knows until its quarantined return is booked.
    """
    for payment in bill.received:
        paid = payment["transaction"]
        made = [each for each in bill.refunds.values() if each.transaction == paid]
        owed = automatic(payment, reason, turns.taken(bill, made))
        known = owed.number in bill.refunds or bill.overdrawn(paid)
        if bill.left(paid) > 0 and not known:
            owed = replace(owed, amount=bill.left(paid))
            if turns.declined(bill, made) or denied(db, bill, paid):
                return replace(owed, state="requested", decided_by="")
            return owed
    return None


def automatic(payment: ReceivedDoc, reason: str, nth: int = 0) -> Refund:
    """The refund of a whole payment that a rule asks for; its number follows from all three.

    It waits for an officer when it is larger than a rule may give.
    """
    key = f"{reason}:{payment['transaction']}" + (f":{nth}" if nth else "")
    number = payment["attempt"] + _signs("S", key)
    wanted = _wanted(payment, payment["amount"], reason, SYSTEM, number)
    if payment["amount"] > limits.automatic():
        return wanted
    return replace(wanted, state="approved", decided_by=SYSTEM)


def asking(bill: Bill, wanted: Refund) -> Change:
    """The one write by which a refund comes to be."""
    line = HistoryDoc(
        at=wanted.created,
        move="refund_owed" if wanted.requested_by == SYSTEM else "refund_requested",
        by=wanted.requested_by,
        attempt=wanted.attempt,
        amount=wanted.amount,
        refund=wanted.number,
    )
    if wanted.note:
        line["note"] = wanted.note
    return Change(
        values=values(bill, wanted),
        lines=(line,),
        promises=sending(bill.number, wanted),
        postings=() if wanted.surplus else ledger.post("promised", wanted.amount, wanted.number),
        refundable=-wanted.amount,
    )


def values(bill: Bill, changed: Refund) -> Document:
    """The fields of the bill that carry a refund, and which of its refunds wait for somebody."""
    kept = asdict(changed)
    del kept["number"]
    marks = attention.of(bill, refunds={changed.number: changed})
    return {f"refunds.{changed.number}": kept, "attention": marks}


def sending(bill: str, refund: Refund) -> tuple[Promise, ...]:
    """The promises to bring an approved refund to its wallet, and to tell its payer how it stands.

    That ends the alarm of what was given up; what is not given back may be owed by rule then.
    """
    told = telling.promised(bill, refund)
    if refund.state != "approved" or refund.by_hand:
        return told
    return (outbox.promise("refund.go", bill=bill, refund=refund.number, n=refund.asks), *told)


def waiting(
    db: Database, state: str, limit: int = 50, agency: str | None = None
) -> list[tuple[Bill, Refund]]:
    """Refunds in one state of FOR_HUMANS or ON_THE_WAY, the bill unchanged longest first.

    Of as many bills as `limit` says, of all of them with 0; of one agency's, if it is named.
    """
    return [
        (bill, refund)
        for bill in store.waiting(db, state, limit, agency)
        for refund in bill.refunds.values()
        if refund.state == state
    ]


said = notes.said


def find(bill: Bill, number: str) -> Refund:
    """A refund of a bill; raises NoSuchRefund."""
    if number not in bill.refunds:
        raise NoSuchRefund
    return bill.refunds[number]


def sealed(note: str) -> str:
    """What an officer wrote, as it is kept; raises BadRefund when it says nothing or too much."""
    return notes.sealed(note, BadRefund)


def denied(db: Database, bill: Bill, transaction: str) -> bool:
    """Whether nothing of a payment may go back: too much went, or somebody denies it."""
    if bill.overdrawn(transaction) or differences.disputed(db, bill.number, transaction):
        return True
    return bank.denied(db, bill, transaction)


def stuck(db: Database, bill: Bill, refund: Refund) -> bool:
    """Whether a refund under way is an officer's to give up: no wallet is told of it."""
    if refund.by_hand:
        return refund.payout
    return refund.state in ON_THE_WAY and denied(db, bill, refund.transaction)


def undisputed(db: Database, bill: Bill, transaction: str) -> None:
    """Raise PaymentDisputed while a payment is denied and nobody has settled that."""
    if denied(db, bill, transaction):
        raise PaymentDisputed


def _signs(letter: str, key: str) -> str:
    """What follows the order number in a refund's: together 32 plain alphanumerics."""
    return letter + order_numbers.signs(key, _SIGNS)


def _asked_before(bill: Bill, wish: Wish) -> Refund | None:
    """The refund this key stands for, if it was used; raises RefundDiffers where it asks anew."""
    signs = _signs("R", wish.key)
    known = next((each for each in bill.refunds.values() if each.number.endswith(signs)), None)
    if known is None:
        return None
    told = (known.transaction, known.amount, known.requested_by, notes.said(known.note))
    if told != (wish.transaction, wish.amount, wish.by, wish.note.strip()):
        raise RefundDiffers
    return known


def _payment(bill: Bill, transaction: str) -> ReceivedDoc:
    found = [each for each in bill.received if each["transaction"] == transaction]
    if not found:
        raise NotRefundable
    return found[0]


def _wanted(payment: ReceivedDoc, amount: int, reason: str, by: str, number: str) -> Refund:
    return Refund(
        number=number,
        attempt=payment["attempt"],
        wallet=payment["wallet"],
        transaction=payment["transaction"],
        amount=amount,
        of=payment["amount"],
        surplus=payment["surplus"],
        reason=reason,
        state="requested",
        requested_by=by,
        created=clock.now(),
    )


def _way(db: Database, bill: Bill, payment: ReceivedDoc, amount: int) -> str:
    """TRANSFER where the payment's wallet does not give back so late or so often, else empty.

    Raises unless so much is left, and RefundWindowOver for what officers hand out.
    """
    if amount > bill.left(payment["transaction"]):
        raise NotRefundable
    undisputed(db, bill, payment["transaction"])
    rules = limits.wallets()[payment["wallet"]]
    made = [each for each in bill.refunds.values() if each.attempt == payment["attempt"]]
    fact = store.fact(db, named(payment["wallet"], "payment", payment["transaction"]))
    over = fact is not None and clock.now() > fact["paid_at"] + rules.window
    if not over and len(made) < rules.per_order:
        return ""
    if payment["wallet"] in (COUNTER, BANK):
        raise RefundWindowOver
    return TRANSFER
