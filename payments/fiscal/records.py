"""What is kept of a bill's dealings with the finance system, and the lives of them as tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NotRequired, TypedDict

from ..moves import Move

# new: finance has not given a notice yet · unpaid: it has · confirmed: it knows our money
# elsewhere: it was paid in another way, finance says · disputed: it will not have our money
# void: withdrawn with its bill
FISCAL_MOVES: Final[Mapping[str, Move]] = {
    "issued": Move(frozenset({"new", "unpaid"}), "unpaid"),
    "confirmed": Move(frozenset({"unpaid", "disputed"}), "confirmed"),
    "elsewhere": Move(frozenset({"new", "unpaid", "disputed"}), "elsewhere"),
    "freed": Move(frozenset({"elsewhere"}), "unpaid"),
    "disputed": Move(frozenset({"new", "unpaid"}), "disputed"),
    "again": Move(frozenset({"disputed"}), "unpaid"),
    "void": Move(frozenset({"new", "unpaid", "disputed"}), "void"),
}


class LineDoc(TypedDict):
    """One thing that happened between us and finance; `proof` and `serial` are its word's Proof."""

    at: datetime
    move: str
    amount: NotRequired[int]
    about: NotRequired[str]
    proof: NotRequired[str]
    serial: NotRequired[str]


@dataclass(frozen=True)
class Receipt:
    """One application for a fiscal e-receipt: applied, issued, failed or red (reversed)."""

    number: str
    amount: int
    stage: str
    asked: datetime
    code: str = ""
    serial: str = ""
    check: str = ""
    issued: datetime | None = None


@dataclass(frozen=True)
class Record:
    """A bill at the finance system; `doubt` names the call of which nobody knows what it did.

    `returned` is what finance was told went back, by refund; `silent` since when it is silent.
    """

    bill: str
    code: str
    amount: int
    state: str
    doubt: str
    tries: int
    silent: datetime | None
    returned: Mapping[str, int]
    receipts: tuple[Receipt, ...]
    history: tuple[LineDoc, ...]
    version: int

    @property
    def live(self) -> Receipt | None:
        """The receipt that counts, or is to come."""
        if self.receipts and self.receipts[-1].stage in ("applied", "issued"):
            return self.receipts[-1]
        return None
