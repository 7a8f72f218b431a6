"""The page of one case: its story, its answers and papers, and what may be done about it."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from base.errors import Missing
from payments import bills
from people import operators, residents
from people.residents import Person
from tracking import cases, receipts, stories
from tracking.cases import Case

from .. import downloads
from ..runtime import here
from . import dossier, scope
from .guard import me, needs

blueprint = Blueprint("cases", __name__, url_prefix="/cases")


@blueprint.get("/<number>")
@needs("case.see")
def page(number: str) -> ResponseReturnValue:
    """A case; whoever may look into the answers is written down for having looked."""
    return _page(scope.case(number))


@blueprint.post("/<number>/reveal")
@needs("case.reveal")
def reveal(number: str) -> ResponseReturnValue:
    """The same page with one masked answer opened; recorded with the answer's key."""
    case, key = scope.case(number), request.form.get("field", "")
    if not request.headers.get("HX-Request"):
        return _page(case, opened=key)
    parts = dossier.answers(case, dossier.look(case, f"reveal:{key}"), key)
    found = [line for part in parts for line in part.lines if line.key == key]
    if not found:
        raise Missing
    return render_template("console/answer.html", case=case, line=found[0])


@blueprint.post("/<number>/person")
@needs("person.reveal")
def person(number: str) -> ResponseReturnValue:
    """The same page with the applicant's registered name, number and telephone; recorded."""
    case = scope.case(number)
    opened = residents.reveal(here().db, case.resident, me().actor, f"case:{case.number}")
    if not request.headers.get("HX-Request"):
        return _page(case, person=opened)
    return render_template("console/person.html", case=case, person=opened)


@blueprint.get("/<number>/files/<id>")
@needs("case.reveal")
def file(number: str, id: str) -> ResponseReturnValue:
    """One file of the case; who looked is recorded."""
    case = scope.case(number)
    found, content = cases.file(here().db, case.number, id, me().actor, "case page")
    return downloads.send(found, content)


@blueprint.get("/<number>/receipt")
@needs("case.see")
def receipt(number: str) -> ResponseReturnValue:
    """The receipt, to be printed at the window."""
    case = scope.case(number)
    return render_template("console/receipt.html", case=case, receipt=receipts.receipt(case))


def _page(
    case: Case, opened: str | None = None, person: Person | None = None
) -> ResponseReturnValue:
    shown: dict[str, Any] = {"answers": None, "papers": None}
    if operators.may(me(), "case.reveal"):
        given = dossier.look(case, f"reveal:{opened}" if opened else "case page")
        shown["answers"] = dossier.answers(case, given, opened)
        shown["papers"] = dossier.papers(case, given)
    found = bills.of_case(here().db, case.number)
    denied, disowned = dossier.denials(case, found), dossier.disowned(case, found)
    return render_template(
        "console/case.html",
        case=case,
        guide=dossier.service(case),
        chapters=stories.story(case)[::-1],
        waiting=dossier.waiting(case),
        defects=cases.defects(here().db, case.number),
        actions=dossier.actions(case, bool(denied or disowned)),
        bills=found,
        denied=denied,
        disowned=disowned,
        others=dossier.others(case),
        applicant=dossier.applicant(case),
        person=person,
        **shown,
    )
