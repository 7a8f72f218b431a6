"""Fee income: what came in and what went back, by service and agency, per day or month."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from base import clock
from base.errors import Invalid
from base.store import Database

from . import store

LONGEST: Final = timedelta(days=366)


class BadPeriod(Invalid):
    """A period begins before it ends, and is no longer than a year."""

    code = "bad_period"


@dataclass(frozen=True)
class Flow:
    """Fen that came in and went back under one name, and in how many payments and refunds."""

    period: str
    service: str = ""
    agency: str = ""
    received: int = 0
    payments: int = 0
    returned: int = 0
    refunds: int = 0

    @property
    def net(self) -> int:
        """What is left of it."""
        return self.received - self.returned

    def __add__(self, other: "Flow") -> "Flow":
        """Both together, under the name of the first."""
        return Flow(
            self.period,
            self.service,
            self.agency,
            self.received + other.received,
            self.payments + other.payments,
            self.returned + other.returned,
            self.refunds + other.refunds,
        )


def flows(db: Database, first: date, last: date, agency: str | None = None) -> list[Flow]:
    """What happened on the Shanghai days from the first to the last, by service and agency.

    With an agency, only hers. Counted when the money moved. Raises BadPeriod.
    """
    if not timedelta(0) <= last - first < LONGEST:
        raise BadPeriod
    rows = store.flows(db, _start(first), _start(last + timedelta(days=1)), agency)
    return [_flow(row["_id"], row["fen"], row["count"]) for row in rows]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI)


def _flow(key: Mapping[str, str], fen: int, count: int) -> Flow:
    name = (key["day"], key.get("service", ""), key.get("agency", ""))
    if key["kind"] == "payment":
        return Flow(*name, received=fen, payments=count)
    return Flow(*name, returned=fen, refunds=count)


# How a day is called in a table per day or per month; what stands in a row beside it.
PERIODS: Final[Mapping[str, int]] = MappingProxyType({"day": 10, "month": 7})
GROUPS: Final = ("service", "agency")


def summed(found: Iterable[Flow], per: str, by: str = "") -> list[Flow]:
    """Flows added up per period, and by service or agency where that is asked; in order.

    `per` "" adds up the whole time.
    """
    together: dict[tuple[str, str, str], Flow] = {}
    for each in found:
        period = each.period[: PERIODS[per]] if per else ""
        service = each.service if by == "service" else ""
        agency = each.agency if by == "agency" else ""
        key = (period, service, agency)
        together[key] = together.get(key, Flow(*key)) + each
    return [together[key] for key in sorted(together)]


def filled(found: Iterable[Flow], first: date, last: date, per: str) -> list[Flow]:
    """The flows of every period from the first day to the last, also where nothing happened."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    empty = [Flow(day.isoformat()) for day in days]
    return summed([*empty, *found], per)
