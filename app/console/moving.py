"""Moving a case: a form for each move an operator may make, read over once before it is sent."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import clock, money, texts
from base.errors import Invalid
from tracking import cases, checks, deadlines
from tracking.cases import Case, Defect
from tracking.days import spoken_day
from tracking.moves import MOVES, RESIDENT

from ..errors import status_of
from ..runtime import here
from . import dossier, scope
from .guard import View, me, needs

blueprint = Blueprint("moving", __name__, url_prefix="/cases")

FREE_LINES = 4


def _route(name: str) -> View:
    """The page of one move, behind the right its row names."""

    @needs(MOVES[name].right)
    def page(number: str) -> ResponseReturnValue:
        case, is_post = scope.case(number), request.method == "POST"
        if is_post:
            scope.check_version(case.version)
        problem = dossier.hindrance(case, name) or dossier.doubt(case, name)
        if problem:
            raise problem
        return _post(case, name) if is_post else _form(case, name)

    return page


for _name, _move in MOVES.items():
    if _move.right != RESIDENT:
        blueprint.add_url_rule(f"/<number>/{_name}", _name, _route(_name), methods=["GET", "POST"])


def _post(case: Case, name: str) -> ResponseReturnValue:
    """Check, show what will be told, and on the second post do it."""
    note, defects = request.form.get("note"), _defects(case) if name == "ask_supplement" else []
    try:
        checks.note(note, MOVES[name].reasoned)
        if name == "ask_supplement":
            defects = checks.defects(case.material_names, defects)
        if not request.form.get("sure"):
            return _read_over(case, name, defects)
        _do(case, name, note, defects)
    except Invalid as wrong:
        return _form(case, name, wrong)
    flash(texts.say(f"console.moved.{name}"), "success")
    return redirect(url_for("console.cases.page", number=case.number), 303)


def _do(case: Case, name: str, note: str | None, defects: list[Defect]) -> None:
    facts: dict[str, Any] = {"agency": me().agency, "version": case.version}
    if defects:
        facts["defects"] = defects
    cases.move(here().db, case.number, name, by=me().actor, note=note, **facts)


def _form(case: Case, name: str, wrong: Invalid | None = None) -> ResponseReturnValue:
    """The form as it is, or as it was sent with what is wrong in it."""
    page = render_template(
        "console/move.html",
        case=case,
        name=name,
        move=MOVES[name],
        papers=_papers(case) if name == "ask_supplement" else [],
        given=request.form,
        free=[*request.form.getlist("free"), *[""] * FREE_LINES][:FREE_LINES],
        refused=texts.explain(wrong) if wrong else None,
        faults=_faults(wrong),
    )
    return page, status_of(wrong) if wrong else 200


def _papers(case: Case) -> list[dossier.Paper]:
    """The materials to be gone through; which are needed depends on the answers."""
    return dossier.papers(case, dossier.look(case, "supplement form"))


def _read_over(case: Case, name: str, defects: list[Defect]) -> ResponseReturnValue:
    """What is about to be done and what the applicant will read, before it is done."""
    return render_template(
        "console/move_sure.html",
        case=case,
        name=name,
        title=texts.say(f"tracking.story.{name}.title"),
        told=_told(case, name),
        note=(request.form.get("note") or "").strip(),
        defects=defects,
        form=[pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"],
    )


def _told(case: Case, name: str) -> str:
    """The sentence the applicant reads in the story, its day reckoned from now."""
    kind, guide = MOVES[name].deadline, dossier.service(case)
    due = ""
    if kind and guide:
        reckoned = deadlines.reckon(kind, clock.now(), deadlines.limit_of(guide.limits))
        due = spoken_day(reckoned.due_day)
    return texts.say(
        f"tracking.story.{name}.text",
        agency=case.agency_name,
        day=due,
        amount=money.yuan(case.payment.amount),
    )


def _defects(case: Case) -> list[Defect]:
    """Everything written into the form: by material, about the form, and in the free lines."""
    written: list[tuple[str | None, str]] = [
        (key, request.form.get(f"material.{key}", "")) for key in case.material_names
    ]
    written += [(None, words) for words in request.form.getlist("free")]
    return [{"material": key, "words": words} for key, words in written if words.strip()]


def _faults(wrong: Invalid | None) -> list[str]:
    return list(dict.fromkeys(each["message"] for each in wrong.details)) if wrong else []
