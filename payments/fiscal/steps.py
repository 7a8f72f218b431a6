"""The next thing to tell or ask the finance system about a bill, and what its answer changes."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from base import clock, texts

from ..records import Bill, PaidDoc
from ..wallets.nontax import PAID, VOID, Finance, Item, Levy, Payment, Voucher
from ..wallets.wallet import Proof, Refused
from . import store
from .records import FISCAL_MOVES, LineDoc, Receipt, Record

WITHDRAWN: Final = frozenset({"cancelled", "waived"})
# A notice in one of these is never paid again, whoever tells of whatever payment.
_ENDED: Final = frozenset({"returned", "void"})
FILE: Final = Path(__file__).parent.parent.parent / "config" / "nontax.toml"


@dataclass(frozen=True)
class Told:
    """What an answer changes: fields of the record, and a line of its story."""

    values: dict[str, Any]
    line: LineDoc | None = None


@dataclass(frozen=True)
class Talk:
    """One step's view: whom we talk to, about which bill, what is known, in whose name."""

    finance: Finance
    bill: Bill
    record: Record
    payer: str


Act = Callable[[Talk], Told | None]


def due(bill: Bill, record: Record) -> str:
    """The name of the next step; empty when finance knows all there is."""
    if record.state == "confirmed":
        return _receipts(bill, record)
    if bill.state in WITHDRAWN or _is_over(bill, record):
        return "void" if record.state in FISCAL_MOVES["void"].starts else ""
    if record.state == "unpaid" and bill.paid:
        return "confirm"
    amended = record.state == "unpaid" and bill.total != record.amount
    return "issue" if record.state == "new" or amended else ""


def _is_over(bill: Bill, record: Record) -> bool:
    """Whether finance disputes a payment of which nothing is held any more."""
    return record.state == "disputed" and bill.paid is not None and _held(bill) == 0


def _receipts(bill: Bill, record: Record) -> str:
    """What is left to do once finance has our money: give back, and have a receipt for the rest."""
    live, gone = record.live, _gone(bill)
    if gone.keys() - record.returned.keys():
        if live is None:
            return "reverse"
        return "red" if live.stage == "issued" else "receipt"
    if live is not None and live.stage == "applied":
        return "receipt"
    if live is not None:
        return "red" if live.amount != _held(bill) else ""
    return "apply" if _held(bill) > 0 else ""


def _gone(bill: Bill) -> dict[str, int]:
    """What of the payment that settled the bill has gone back, by refund."""
    paid = bill.paid["transaction"] if bill.paid else ""
    return {
        each.number: each.amount
        for each in bill.refunds.values()
        if each.state == "succeeded" and each.transaction == paid
    }


def _held(bill: Bill) -> int:
    """What of that payment is still ours."""
    return (bill.paid["amount"] if bill.paid else 0) - sum(_gone(bill).values())


def moved(
    move: str,
    proof: Proof | None,
    values: Mapping[str, Any] | None = None,
    *,
    amount: int = 0,
    about: str = "",
) -> Told:
    """A move of FISCAL_MOVES with its line, and what proved the word behind it."""
    line = _line(f"fiscal_{move}", proof, amount, about)
    return Told({"state": FISCAL_MOVES[move].to} | dict(values or {}), line)


def _line(move: str, proof: Proof | None, amount: int, about: str) -> LineDoc:
    line = LineDoc(at=clock.now(), move=move, about=about)
    if amount:
        line["amount"] = amount
    if proof:
        line["proof"], line["serial"] = proof.sha256, proof.serial
    return line


def issue(talk: Talk) -> Told | None:
    """Have a notice made for the bill, or amended while nobody has paid it."""
    levy = _issued(talk)
    known = {"code": levy.code, "amount": talk.bill.total}
    return moved("issued", levy.proof, known, amount=levy.amount, about=levy.code)


def _issued(talk: Talk) -> Levy:
    bill = talk.bill
    return talk.finance.issue(bill.number, bill.title, items(bill), bill.total)


def confirm(talk: Talk) -> Told | None:
    """Tell that the bill was paid; in doubt, or at a no, ask who paid the notice."""
    assert talk.bill.paid is not None
    ours = talk.bill.paid
    paid = Payment(ours["transaction"], ours["wallet"], ours["amount"], ours["at"])
    if talk.record.doubt == "confirm":
        known = _owner(talk, talk.finance.query(talk.record.code))
        if known is not None:
            return known
    try:
        levy = talk.finance.confirm(talk.record.code, talk.bill.number, paid)
    except Refused as refused:
        if refused.code != PAID:
            raise
        levy = talk.finance.query(talk.record.code)
    told = _owner(talk, levy)
    if told is None:
        raise Refused(levy.state, levy.proof)
    return told


def _owner(talk: Talk, levy: Levy) -> Told | None:
    """Finance says who paid, and it is the authority.

    None where it names nobody who has, which may change. A notice that has ended, or that another
    payment of ours has paid, will not: that is for a human.
    """
    paid = talk.bill.paid
    assert paid is not None
    if levy.state in _ENDED:
        return moved("disputed", levy.proof, about=levy.state)
    if levy.state != "paid" or not levy.transaction:
        return None
    if levy.transaction == paid["transaction"]:
        return _ours(paid, levy)
    move = "elsewhere" if taken(levy, talk.bill) else "disputed"
    return moved(move, levy.proof, amount=paid["amount"], about=levy.transaction)


def _ours(paid: PaidDoc, levy: Levy) -> Told:
    """Finance has the payment that settled the bill."""
    day, amount = paid["at"].astimezone(clock.SHANGHAI).date(), paid["amount"]
    told = {"paid_on": f"{day}", "paid": amount}
    return moved("confirmed", levy.proof, told, amount=amount, about=levy.transaction)


def taken(levy: Levy, bill: Bill) -> bool:
    """Whether somebody else took the money and has it still; our channel is our bill's number."""
    return levy.state == "paid" and levy.channel != bill.number and bool(levy.transaction)


def void(talk: Talk) -> Told | None:
    """Withdraw a notice for which no money is held; what was paid all the same is followed."""
    if not talk.record.code and talk.record.doubt != "issue":
        return moved("void", None)
    code = talk.record.code or _issued(talk).code
    try:
        levy = talk.finance.void(code)
    except Refused as refused:
        if refused.code == PAID:
            return _after_all(talk, talk.finance.query(code))
        if refused.code == VOID:
            return moved("void", refused.proof, {"code": code})
        raise
    return moved("void", levy.proof, {"code": code})


def _after_all(talk: Talk, levy: Levy) -> Told:
    """What finance makes of a notice that it would not withdraw because it was paid."""
    paid = talk.bill.paid
    if levy.state == "paid":
        if paid is not None and levy.transaction == paid["transaction"]:
            return _ours(paid, levy)
        return moved("elsewhere", levy.proof, about=levy.transaction)
    if levy.state == "unpaid":
        raise Refused(levy.state, levy.proof)
    return moved("void", levy.proof, {"code": levy.code})


def reverse(talk: Talk) -> Told | None:
    """Tell of the next refund that has gone back."""
    gone = _gone(talk.bill)
    number = min(gone.keys() - talk.record.returned.keys())
    levy = talk.finance.reverse(talk.record.code, number, gone[number])
    line = _line("fiscal_reversed", levy.proof, gone[number], number)
    return Told({f"returned.{number}": gone[number]}, line)


def apply(talk: Talk) -> Told | None:
    """Apply for a receipt of what is held; a failed one is asked for under the next number."""
    number = f"{talk.bill.number}R{len(talk.record.receipts) + 1:03d}"
    found = talk.finance.receipt(number) if talk.record.doubt == "apply" else None
    told = found or talk.finance.apply(talk.record.code, number, _held(talk.bill), talk.payer)
    wanted = Receipt(number, told.amount, told.stage, clock.now())
    return _kept((*talk.record.receipts, _filled(wanted, told)), "applied", told.proof)


def receipt(talk: Talk) -> Told | None:
    """Ask for the receipt; None while it is not issued."""
    last = talk.record.receipts[-1]
    told = talk.finance.receipt(last.number)
    if told is None or told.stage == "applied":
        return None
    return _kept((*talk.record.receipts[:-1], _filled(last, told)), told.stage, told.proof)


def red(talk: Talk) -> Told | None:
    """Red-reverse the receipt, because money went back."""
    last = talk.record.receipts[-1]
    told = talk.finance.red(last.number, texts.say("payments.receipt_red"))
    return _kept((*talk.record.receipts[:-1], _filled(last, told)), "red", told.proof)


def _filled(known: Receipt, told: Voucher) -> Receipt:
    return replace(
        known,
        stage=told.stage,
        code=told.code,
        serial=told.serial,
        check=told.check,
        issued=told.issued,
    )


def _kept(receipts: tuple[Receipt, ...], move: str, proof: Proof | None) -> Told:
    last = receipts[-1]
    line = _line(f"receipt_{move}", proof, last.amount, last.serial or last.number)
    return Told({"receipts": store.kept(receipts)}, line)


def items(bill: Bill) -> list[Item]:
    """The bill's lines under the codes that finance knows them by."""
    codes = _codes()
    return [
        Item(codes.get(each["code"], each["code"]), each["name"], each["total"])
        for each in bill.lines
    ]


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    """Finance's item codes by our own."""
    found: dict[str, str] = tomllib.loads(FILE.read_text("utf-8"))["items"]
    return found


STEPS: Final[Mapping[str, Act]] = {
    "issue": issue,
    "confirm": confirm,
    "void": void,
    "reverse": reverse,
    "apply": apply,
    "receipt": receipt,
    "red": red,
}
