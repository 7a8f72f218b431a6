"""Statements by day and wallet: what both sides came to, uploads, another look, and the export."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, clock, texts
from base.errors import Invalid
from base.store import Database
from catalogue import agencies
from payments import days, statements
from payments.attempts import NoSuchWallet
from payments.reconciliation import daily, differences, store, tie
from payments.reconciliation.store import Difference, NoSuchStatement, Statement
from people import operators

from .. import sheets
from ..runtime import here
from .guard import me, needs

blueprint = Blueprint("reconciliation", __name__, url_prefix="/reconciliation")

_SPAN: Final = timedelta(days=13)
_FORM_BYTES: Final = 64 * 1024
_FEN: Final = frozenset({8, 9, 10})


class BadStatement(Invalid):
    """What was uploaded cannot be opened, or is for no day that is over."""

    code = "bad_statement"


@dataclass(frozen=True)
class Totals:
    """What a side has in a day, [how many, fen] each, and what that comes to."""

    side: str
    payment: list[int]
    refund: list[int]

    @property
    def net(self) -> int:
        """Fen that came in less those that went back."""
        return self.payment[1] - self.refund[1]


@blueprint.url_value_preprocessor
def roomy(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A statement may be larger than any other form of the console."""
    if endpoint and endpoint.endswith(".upload"):
        request.max_content_length = days.table()["upload"]["largest_bytes"] + _FORM_BYTES


@blueprint.get("")
@needs("bill.settle")
def page() -> ResponseReturnValue:
    """Two weeks of statements, a row per day and wallet, and how much of each is unsettled."""
    last = _day(request.args.get("until")) or clock.today() - timedelta(days=1)
    rows = store.between(here().db, last - _SPAN, last)
    return render_template(
        "console/reconciliation.html",
        rows=[(each, totals(each), _unsettled(here().db, each.id)) for each in rows],
        first=last - _SPAN,
        last=last,
        wallets=_wallets(),
        uploads=me().agency is None,
    )


@blueprint.get("/<provider>/<day>")
@needs("bill.settle")
def show(provider: str, day: str) -> ResponseReturnValue:
    """One day of one wallet: both sides, the agencies, and every difference."""
    found = _statement(provider, day)
    listed = mine(differences.of_statement(here().db, found.id))
    sides = totals(found)
    gaps = sum(each.gap for each in listed if each.state != "escalated" and each.kind != tie.KIND)
    knows = bool(sides) and me().agency is None and len(listed) < store.MOST
    return render_template(
        "console/reconciliation_day.html",
        found=found,
        sides=sides,
        figures=found.figures,
        flow=found.figures.get("flow"),
        due=tie.due(found.figures) if sides else 0,
        crossed=sides[0].net - sides[1].net - gaps if knows else 0,
        agencies=[
            Totals(_named(each["agency"]), each["payment"], each["refund"])
            for each in found.figures.get("agencies", [])
            if operators.covers(me(), each["agency"])
        ],
        rows=listed,
        unsettled=differences.UNSETTLED,
        uploads=me().agency is None,
    )


@blueprint.get("/<provider>/<day>/<format>")
@needs("bill.settle")
def export(provider: str, day: str, format: str) -> ResponseReturnValue:
    """A day's differences as a file; who took them is written down."""
    found = _statement(provider, day)
    listed = mine(differences.of_statement(here().db, found.id, None))
    head = texts.table("reconciliation.export")
    rows = [_row(each) for each in listed]
    name = f"{texts.say('console.menu.reconciliation')}-{found.id.replace(':', '-')}"
    sent = sheets.send(sheets.Sheet(name, tuple(head.values()), rows, _FEN), name, format)
    audit.record(here().db, me().actor, "statement.export", f"statement:{found.id}")
    return sent


@blueprint.post("/<provider>/<day>/again")
@needs("bill.settle")
def again(provider: str, day: str) -> ResponseReturnValue:
    """Fetch what is not there, or match what is, once more."""
    _whole_county()
    found = daily.again(here().db, _statement(provider, day).id, by=me().actor)
    act = "fetch" if found.state == "awaited" else "match"
    audit.record(here().db, me().actor, f"statement.{act}", f"statement:{found.id}")
    return _to(found, texts.say(f"reconciliation.done.{act}"), "success")


@blueprint.post("/upload")
@needs("bill.settle")
def upload() -> ResponseReturnValue:
    """Take a statement an officer has downloaded at the wallet's console; it is matched later."""
    _whole_county()
    provider, day = request.form.get("provider", ""), _day(request.form.get("day"))
    given = request.files.get("file")
    if provider not in _wallets():
        raise NoSuchWallet
    if day is None or day >= clock.today():
        raise BadStatement(reason=texts.say("reconciliation.done.bad_day"))
    if given is None or not given.filename:
        raise BadStatement(reason=texts.say("reconciliation.done.no_file"))
    try:
        content = statements.opened(provider, given.read())
    except statements.Damaged as damage:
        words = texts.say(f"reconciliation.damaged.{damage.reason}")
        raise BadStatement(reason=words) from damage
    found = daily.receive(here().db, provider, day, content, by=me().actor)
    audit.record(here().db, me().actor, "statement.upload", f"statement:{found.id}")
    return _to(found, texts.say("reconciliation.done.upload"), "success")


def mine(found: list[Difference]) -> list[Difference]:
    """Those an operator may see: her agency's, and whoever works for the county sees all."""
    return [each for each in found if operators.covers(me(), each.agency)]


def totals(found: Statement) -> list[Totals]:
    """Both sides and what they agree on; empty before the day was matched."""
    sides = ("theirs", "ours", "same")
    figures = found.figures
    return [
        Totals(side, figures[side]["payment"], figures[side]["refund"])
        for side in sides
        if side in figures
    ]


def _unsettled(db: Database, id: str) -> int:
    if me().agency is None:
        return store.count(db, id, *differences.UNSETTLED)
    return len(mine(list(store.differences(db, id, *differences.UNSETTLED))))


def _statement(provider: str, day: str) -> Statement:
    found = _day(day)
    if found is None:
        raise NoSuchStatement
    return store.statement(here().db, store.name(provider, found))


def _row(found: Difference) -> tuple[str | int, ...]:
    def say(table: str, key: str) -> str:
        return texts.say(f"reconciliation.{table}.{key}") if key else ""

    return (
        found.day,
        texts.say(f"payments.wallets.{found.provider}"),
        say("classes", found.class_),
        say("causes", found.cause),
        say("kinds", found.kind),
        found.number,
        found.transaction,
        f"{found.happened.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "" if found.theirs is None else found.theirs,
        "" if found.ours is None else found.ours,
        found.gap,
        found.bill,
        found.agency,
        say("difference_states", found.state),
        found.owner.removeprefix("operator:"),
        say("reasons", found.reason),
        found.closed_by.removeprefix("operator:"),
    )


def _named(agency: str) -> str:
    try:
        return agencies.get(here().db, agency).name
    except agencies.NoSuchAgency:
        return agency


def _whole_county() -> None:
    """A statement is nobody's agency alone: only who works for the whole county may touch it."""
    if me().agency is not None:
        raise operators.NotAllowed


def _wallets() -> list[str]:
    return [each for each in here().wallets if each in statements.READERS]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _to(found: Statement, words: str, tone: str) -> ResponseReturnValue:
    flash(words, tone)
    page = url_for("console.reconciliation.show", provider=found.provider, day=found.day)
    return redirect(page, 303)
