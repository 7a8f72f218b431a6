"""Fee income by service and agency, with a chart, and the same table for a spreadsheet."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from base import audit, clock, texts
from catalogue import agencies, services
from payments import income
from payments.income import GROUPS, PERIODS, Flow

from .. import sheets
from ..runtime import here
from . import charts
from .guard import me, needs

blueprint = Blueprint("income", __name__, url_prefix="/income")


@dataclass(frozen=True)
class Asked:
    """What is looked at: from the first day to the last, per day or month, by what."""

    first: date
    last: date
    per: str
    by: str

    @property
    def query(self) -> dict[str, str]:
        """The same as an address has it."""
        days = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return days | {"per": self.per, "by": self.by}


@blueprint.get("")
@needs("income.see")
def page() -> ResponseReturnValue:
    """Income of a period, of the operator's agency if she has one."""
    asked = _asked()
    found = income.flows(here().db, asked.first, asked.last, me().agency)
    periods = income.filled(found, asked.first, asked.last, asked.per)
    return render_template(
        "console/income.html",
        asked=asked,
        periods=periods,
        groups=sorted(income.summed(found, "", asked.by), key=lambda each: -each.net),
        total=sum(found, Flow("")),
        chart=charts.bars([(each.period, each.net) for each in periods]),
        name=_names(asked.by),
        of=asked.by,
        pers=tuple(PERIODS),
        bys=GROUPS,
    )


@blueprint.get("/<format>")
@needs("income.see")
def export(format: str) -> ResponseReturnValue:
    """The same figures as a file; who took them is written down."""
    asked = _asked()
    found = income.flows(here().db, asked.first, asked.last, me().agency)
    rows = income.summed(found, asked.per, asked.by)
    name, head = _names(asked.by), texts.table("console.income_head")
    sheet = sheets.Sheet(
        texts.say("console.income"),
        (head["period"], head[asked.by], *(head[each] for each in _SUMS)),
        [(each.period, name(each), *(getattr(each, part) for part in _SUMS)) for each in rows],
        frozenset({3, 5, 6}),
    )
    sent = sheets.send(sheet, f"{sheet.title}{asked.first}-{asked.last}", format)
    audit.record(here().db, me().actor, "income.export", me().actor, **asked.query)
    return sent


_SUMS = ("payments", "received", "refunds", "returned", "net")


def _asked() -> Asked:
    """What the address asks for; this month per day by service unless it says otherwise."""
    today, given = clock.today(), request.args
    per, by = given.get("per", "day"), given.get("by", GROUPS[0])
    if per not in PERIODS or by not in GROUPS:
        raise income.BadPeriod
    first = _day(given.get("first"), today.replace(day=1))
    return Asked(first, _day(given.get("last"), today), per, by)


def _day(text: str | None, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise income.BadPeriod from error


class _Names:
    """What services and agencies are called; one that is gone keeps its key."""

    def __init__(self, by: str, known: dict[str, str]) -> None:
        self._by, self._known = by, known

    def __call__(self, flow: Flow) -> str:
        """The name of the service or agency whose flow it is."""
        key = str(getattr(flow, self._by))
        return self._known.get(key, key) or texts.say("console.income_nobody")


def _names(by: str) -> _Names:
    db = here().db
    if by == "agency":
        return _Names(by, {each.id: each.name for each in agencies.browse(db)})
    return _Names(by, {each.key: each.short_name for each in services.browse(db)})
