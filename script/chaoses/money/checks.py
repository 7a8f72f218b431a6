"""What must be true of a bill, its facts and its wallets, at any moment and at the end."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from base.store import Document
from payments import bank, bills, ledger, order_numbers
from payments.moves import FOR_HUMANS, LIVE, NOT_RETURNED
from payments.records import BANK, COUNTER, Bill
from payments.store import shelf
from simulator.wallets import nontax_book
from simulator.wallets.control import KEPT

from .town import BILL, CASE, CONSOLE, Town

NAMED = {"wechat": "transaction_id", "alipay": "trade_no", "unionpay": "queryId"}
"""What each wallet calls a transaction."""
SOURCES = frozenset({"notice", "query", "statement", bank.SOURCE})
SLIPS = {
    (): "unsigned",
    ("slip_signed",): "signed",
    ("slip_disputed",): "disputed",
    ("slip_disputed", "slip_signed"): "signed",
}
"""What a slip is after what happened to it, and nothing else ever does."""
OVER = frozenset({"succeeded", *NOT_RETURNED, *FOR_HUMANS})


Moved = tuple[str, str, int]
"""Money of an order, under the name of its transaction or refund; fen."""


@dataclass(frozen=True)
class Books:
    """A bill and its facts as they are now, and what the wallets took and gave back for good.

    `paid` are (order number, transaction, fen), `back` (order number, refund number, fen).
    """

    bill: Bill
    facts: list[Document]
    paid: list[Moved]
    back: list[Moved]

    def of(self, kind: str) -> list[Document]:
        """The facts of one kind."""
        return [each for each in self.facts if each["kind"] == kind]

    def came(self) -> list[Moved]:
        """What the facts say of payments, as `paid` does."""
        found = self.of("payment")
        return [(each["attempt"], each["transaction"], each["amount"]) for each in found]

    def gone(self) -> list[Moved]:
        """What the facts say of refunds, as `back` does."""
        found = self.of("refund")
        return [(each["attempt"], each["refund"], each["amount"]) for each in found]


def read(town: Town) -> Books:
    """All of it; wallets last, so that what is in the books is there by then."""
    with town.still():
        bill, facts = town.bill(), bills.facts(town.db, BILL)
        paid, back = there(town)
    return Books(bill, facts, [*paid, *_drawer(bill)], [*back, *_handed_out(bill)])


def right(town: Town) -> None:
    """Every invariant of docs/money.md that holds after each step, whatever has happened."""
    books = read(town)
    settled_once(books)
    never_more_back_than_came(books.bill)
    balanced(books)
    told_by_wallets(books)
    proved(books)
    countersigned_once(books.bill)
    replaced_once(town, books.bill)
    assert sum(each.state in LIVE for each in books.bill.attempts.values()) <= 1


def settled_once(books: Books) -> None:
    """Paid exactly when one attempt is, and one fact that is not surplus."""
    came = books.of("payment")
    settled = [each for each in came if not each["surplus"]]
    paid = [each for each in books.bill.attempts.values() if each.state == "paid"]
    assert len(settled) == len(paid) == (books.bill.state == "paid")
    assert all(each["amount"] == books.bill.total for each in settled)
    slips = [each for each in books.bill.slips.values() if each.way == "in"]
    assert len(slips) == sum(each["provider"] == COUNTER for each in came)


def never_more_back_than_came(bill: Bill) -> None:
    """What is refundable adds up, is never negative, and nobody decided for herself."""
    promised = [each for each in bill.refunds.values() if each.state not in NOT_RETURNED]
    came = sum(each["amount"] for each in bill.received)
    assert bill.refundable == came - sum(each.amount for each in promised) >= 0
    assert all(bill.left(each["transaction"]) >= 0 for each in bill.received)
    for each in bill.refunds.values():
        assert each.decided_by in ("", "system") or each.decided_by != each.requested_by


def countersigned_once(bill: Bill) -> None:
    """A slip is signed once at most, and never by whoever passed the money."""
    for each in bill.slips.values():
        seen = [line for line in bill.history if line.get("slip") == each.number]
        story = tuple(line["move"] for line in seen if line["move"].startswith("slip_"))
        assert SLIPS.get(story) == each.state
        assert each.seen_by != each.by


def replaced_once(town: Town, bill: Bill) -> None:
    """One bill at most in the place of a cancelled one; they name each other and ask as much."""
    others = [each for each in bills.of_case(town.db, CASE) if each.number != BILL]
    assert [each.number for each in others] == ([bill.replaced_by] if bill.replaced_by else [])
    assert all((each.replaces, each.total) == (BILL, bill.total) for each in others)


def balanced(books: Books) -> None:
    """The ledger adds up to nothing and says what facts and refunds say."""
    bill, found = books.bill, ledger.balances(books.bill.ledger)
    assert sum(found.values()) == 0
    came = sum(each["amount"] for each in books.of("payment"))
    back = sum(each["amount"] for each in books.of("refund"))
    kept = sum(bill.left(each["transaction"]) for each in bill.received if not each["surplus"])
    assert (found["received"], found["returned"], found["fee"]) == (came, -back, -kept)


def told_by_wallets(books: Books) -> None:
    """Every fact is money that a wallet holds or has given back, once, and its bill says so too."""
    came, gone, bill = books.came(), books.gone(), books.bill
    assert not Counter(came) - Counter(books.paid)
    assert not Counter(gone) - Counter(books.back)
    held = [(each["attempt"], each["transaction"], each["amount"]) for each in bill.received]
    assert sorted(came) == sorted(held)
    done = (each for each in bill.refunds.values() if each.state == "succeeded")
    assert sorted(gone) == sorted((each.attempt, each.number, each.amount) for each in done)
    ours = {number for _, number, _ in books.back if not number.startswith(CONSOLE)}
    assert ours <= bill.refunds.keys()
    for order, _, fen in books.paid:
        assert sum(back for of, _, back in books.back if of == order) <= fen


def proved(books: Books) -> None:
    """Every fact says whose key has proved what; what an officer took down has her slip instead."""
    for each in books.facts:
        here = each["provider"] == COUNTER or (each["provider"], each["kind"]) == (BANK, "refund")
        assert (len(each["proof"]), bool(each["serial"])) == ((0, False) if here else (64, True))
        assert each["source"] in ((COUNTER,) if here else SOURCES)


def agreed(town: Town) -> None:
    """All money that wallets hold or gave back is in the books, and nothing is left under way."""
    books = read(town)
    assert Counter(books.came()) == Counter(books.paid)
    missed = Counter(books.back) - Counter(books.gone())
    assert not Counter(books.gone()) - Counter(books.back)
    assert not missed or ({number for _, number, _ in missed} == {CONSOLE} and _parked(town))
    assert all(each.state not in LIVE for each in books.bill.attempts.values())
    assert {each.state for each in books.bill.refunds.values() if not each.payout} <= OVER


def there(town: Town) -> tuple[list[Moved], list[Moved]]:
    """What the wallets took for orders, and what they gave back of them for good."""
    paid, back = list[Moved](), list[Moved]()
    world = town.place.world
    with world.lock:
        for wallet, kept in KEPT.items():
            for order in kept(world).values():
                ask = order.get("ask", order)
                if "paid" in order:
                    paid.append((ask["out_trade_no"], order[NAMED[wallet]], ask["fen"]))
                back += _given_back(ask["out_trade_no"], order["refunds"])
        for levy in nontax_book.levies(world).values():
            if levy["status"] == nontax_book.PAID:
                number = order_numbers.of_payment(BILL, bank.LETTER, levy["transaction_id"])
                paid.append((number, levy["transaction_id"], levy["fee"]))
    return paid, back


def _drawer(bill: Bill) -> Iterator[Moved]:
    """What came over the counter: no wallet has it, our own drawer does."""
    slips = {each.number: each.amount for each in bill.slips.values() if each.way == "in"}
    for each in bill.attempts.values():
        if each.wallet == COUNTER:
            yield each.number, each.transaction, slips[each.transaction]


def _handed_out(bill: Bill) -> Iterator[Moved]:
    slips = {each.refund: each.amount for each in bill.slips.values() if each.way == "out"}
    for each in bill.refunds.values():
        if each.by_hand and each.state == "succeeded":
            yield each.attempt, each.number, slips[each.number]


def _parked(town: Town) -> bool:
    """Whether a refund of WeChat's that did not fit lies there for a human."""
    return shelf.waits(town.db, "refund:wechat:refund:")


def _given_back(order: str, refunds: dict[str, Any]) -> Iterator[Moved]:
    for number, each in refunds.items():
        if each.get("fate", "SUCCESS") == "SUCCESS":
            yield order, number, each["fen"]


def money(bill: Bill) -> Any:
    """Where the money is: what nothing untrue may change."""
    return bill.received, bill.ledger, {each.state for each in bill.refunds.values()}
