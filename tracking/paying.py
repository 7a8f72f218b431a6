"""What a case knows of money: its bill, what of it was waived, and that it was paid, each once."""

from typing import Any, Final

from base import clock
from base.errors import Conflict
from base.store import Database

from . import records, store
from .moving import ChangedMeanwhile
from .records import Case
from .store import CaseRow

_PATIENCE: Final = 8


class PaymentDiffers(Conflict):
    """The bill or the sum is not the one the case knows of, or nothing is due."""

    code = "payment_differs"


def bill_issued(db: Database, number: str, bill: str) -> Case:
    """Note the bill of a due payment; repeating is harmless. Raises NoSuchCase, PaymentDiffers."""
    for _ in range(_PATIENCE):
        row = records.find(db, number)
        if row["payment"]["bill"] == bill:
            return records.case(row)
        if row["payment"]["state"] != "due" or row["payment"]["bill"] is not None:
            raise PaymentDiffers
        if store.change(db, row, _noted(row, "bill", "system", {"payment.bill": bill})):
            return records.case(records.find(db, number))
    raise ChangedMeanwhile


def charged(db: Database, number: str, bill: str, amount: int) -> Case:
    """Note the bill that asks for a due payment by now, and its sum; of nothing, it is waived.

    For a bill that was issued anew, or reduced. What is no longer due is left alone; repeating is
    harmless. Raises NoSuchCase.
    """
    for _ in range(_PATIENCE):
        row = records.find(db, number)
        payment = row["payment"]
        if payment["state"] != "due" or (payment["bill"], payment["amount"]) == (bill, amount):
            return records.case(row)
        what = "reduce" if payment["bill"] == bill else "bill"
        fresh: dict[str, Any] = {"payment.bill": bill, "payment.amount": amount}
        if amount == 0:
            what, fresh = "waive", fresh | {"payment.state": "waived"}
        if store.change(db, row, _noted(row, what, "system", fresh)):
            return records.case(records.find(db, number))
    raise ChangedMeanwhile


def paid(db: Database, number: str, bill: str, amount: int) -> Case:
    """Note that the bill is paid, whatever the state; repeating is harmless.

    `amount` in fen must be what the case owes. Raises NoSuchCase, PaymentDiffers.
    """
    for _ in range(_PATIENCE):
        row = records.find(db, number)
        payment = row["payment"]
        if payment["bill"] not in (None, bill) or payment["amount"] != amount:
            raise PaymentDiffers
        if payment["state"] == "paid":
            return records.case(row)
        if payment["state"] != "due":
            raise PaymentDiffers
        fresh = {"payment.state": "paid", "payment.bill": bill}
        if store.change(db, row, _noted(row, "pay", f"resident:{row['resident']}", fresh)):
            return records.case(records.find(db, number))
    raise ChangedMeanwhile


def _noted(row: CaseRow, what: str, by: str, fresh: dict[str, Any]) -> dict[str, Any]:
    """A write that leaves the state alone and adds a line to the history."""
    step = {"at": clock.now(), "move": what, "by": by, "from": row["state"], "to": row["state"]}
    step |= {"amount": fresh.get("payment.amount", row["payment"]["amount"])}
    return {"$set": fresh, "$push": {"history": step}}
