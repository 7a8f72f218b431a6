"""My cases: the list, one with its story and what I must do, its receipt, files, withdrawal."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from base import files, numbers
from base.store import Database
from feedback import ratings
from tracking import cases, moves, receipts, stories
from tracking.cases import Case

from .. import downloads
from ..runtime import here
from . import session, tasks

blueprint = Blueprint("cases", __name__)
_LISTED = 50


@blueprint.get("/cases")
def mine() -> str:
    """My cases, newest first."""
    found = cases.of(here().db, session.caller().id, _LISTED)
    rows = [(each, "" if each.finished else stories.waiting(each)) for each in found]
    return render_template("h5/cases.html", rows=rows)


@blueprint.get("/cases/<number>")
def story(number: str) -> str:
    """One case: what I must do, who is awaited, what has happened."""
    db, case = here().db, owned(number)
    return render_template(
        "h5/case.html",
        case=case,
        filed=request.args.get("filed"),
        todo=tasks.of_case(case),
        rateable=tasks.is_rateable(db, case),
        rated=ratings.is_rated(db, case.number),
        waiting=stories.waiting(case),
        story=stories.story(case),
        defects=cases.defects(db, case.number) if case.state == "supplementing" else [],
        withdrawable="withdraw" in moves.open_to(case.state, moves.RESIDENT),
        attached=_attached(db, case),
    )


@blueprint.get("/cases/<number>/receipt")
def receipt(number: str) -> str:
    """The receipt, made to be printed."""
    case = owned(number)
    return render_template("h5/receipt.html", case=case, receipt=receipts.receipt(case))


@blueprint.get("/cases/<number>/withdraw")
def leave(number: str) -> str:
    """Ask whether she means it."""
    return render_template("h5/withdraw.html", case=owned(number))


@blueprint.post("/cases/<number>/withdraw")
def withdraw(number: str) -> AnyResponse:
    """Take the application back."""
    case = owned(number)
    cases.move(here().db, case.number, "withdraw", by=f"resident:{case.resident}")
    return redirect(url_for(".story", number=case.number))


@blueprint.get("/cases/<number>/files/<id>")
def file(number: str, id: str) -> Response:
    """One of the files handed in with my case; the look is recorded."""
    case = owned(number)
    found = cases.file(here().db, case.number, id, f"resident:{case.resident}", "own")
    return downloads.send(*found)


def owned(number: str) -> Case:
    """The signed-in resident's own case; whatever else the number is raises NoSuchCase."""
    resident = session.caller()
    try:
        return cases.owned(here().db, numbers.tidy(number), resident.id)
    except numbers.BadNumber as error:
        raise cases.NoSuchCase from error


def _attached(db: Database, case: Case) -> list[tuple[str, list[files.File]]]:
    """(material's name, its files) of everything that was handed in."""
    given = case.materials.items()
    return [(case.material_names[key], [files.get(db, id) for id in ids]) for key, ids in given]
