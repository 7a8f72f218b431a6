"""What a case owes: the quote as it is kept, and from which moment on it is due."""

from dataclasses import asdict
from typing import Any, Protocol

from base.store import Database
from catalogue import fees, services
from catalogue.shapes import Service

from .store import CaseRow


class Priced(Protocol):
    """A quote of catalogue.fees: dataclass lines, and their total in fen."""

    @property
    def lines(self) -> tuple[Any, ...]:
        """What is charged for what."""

    @property
    def total(self) -> int:
        """The sum in fen."""


def of(service: Service, quote: Priced) -> dict[str, Any]:
    """Quote and payment of a case; free of charge is state none for good."""
    when = service.pay_when if quote.total else None
    state = "due" if when == "submit" else "none"
    return {
        "quote": {"lines": [asdict(line) for line in quote.lines], "total": quote.total},
        "payment": {"state": state, "when": when, "amount": quote.total, "bill": None},
    }


def anew(db: Database, row: CaseRow, answers: dict[str, Any]) -> dict[str, Any]:
    """Quote and payment by a corrected form; what is due or paid already stays as it is."""
    if row["payment"]["state"] != "none":
        return {}
    service = services.at(db, row["service"]["key"], row["service"]["version"])
    return of(service, fees.quote(service, answers, fees.claimed(service, answers)))
