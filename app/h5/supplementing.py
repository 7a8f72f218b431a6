"""Handing in, at once, everything that was asked for."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from base.errors import Detail
from catalogue import forms, services
from catalogue.shapes import Service
from tracking import cases, checks
from tracking.cases import Case, Defect

from ..runtime import here
from . import applying, drafts, own, session, uploads
from .cases import owned
from .drafts import Draft

blueprint = Blueprint("supplementing", __name__)
_MOVE = "supplement"


@blueprint.get("/cases/<number>/supplement")
def form(number: str) -> AnyResponse:
    """Every defect with the place to mend it."""
    case = owned(number)
    if case.state != "supplementing":
        return redirect(url_for("h5.cases.story", number=case.number))
    draft = drafts.fresh()
    if _about_form(_asked(case)):
        _recall(case, draft)
    return make_response(_page(case, draft, []))


@blueprint.post("/cases/<number>/supplement")
def take(number: str) -> AnyResponse:
    """One of the form's buttons: hand in, upload, drop a file, add a row; once is enough."""
    case = owned(number)
    if case.state != "supplementing":
        return redirect(url_for("h5.cases.story", number=case.number))
    draft = drafts.unseal(request.form.get("draft.sealed", ""), case.resident, case.number)
    asked = _asked(case)
    wish, _, about = request.form.get("draft.do", "check").partition(":")
    if _about_form(asked):
        draft["answers"] = forms.answers(_service(case), request.form.to_dict(flat=False))
    faults = uploads.take(here().db, case.resident, _materials(asked), draft["files"])
    if wish == "drop":
        draft["files"] = uploads.drop(draft["files"], about)
    if wish == "check" and not faults:
        return _hand_in(case, draft, asked)
    page = _page(case, draft, faults, about if wish == "more" else "")
    return make_response(page, 422 if faults else 200)


def _hand_in(case: Case, draft: Draft, asked: list[Defect]) -> AnyResponse:
    given: cases.Facts = {"files": uploads.ids(draft["files"])}
    if _about_form(asked):
        given["answers"] = _complete(case, draft)
    by, note = f"resident:{case.resident}", request.form.get("draft.note", "").strip()
    faults = [] if note else list(_missing(case, draft, asked))
    if faults:
        return make_response(_page(case, draft, faults), 422)
    try:
        cases.move(here().db, case.number, _MOVE, by=by, note=note, **given)
    except cases.SupplementInvalid as wrong:
        return make_response(_page(case, draft, wrong.details), 422)
    return redirect(url_for("h5.cases.story", number=case.number))


def _recall(case: Case, draft: Draft) -> None:
    """What was answered at first; what is in her own record is left there."""
    by, service = f"resident:{case.resident}", _service(case)
    said = cases.answers(here().db, case.number, by, _MOVE)
    hers = own.fill(here().db, service, session.caller(), {}, case.company)
    draft["own"] = sorted(key for key, value in hers.items() if said.get(key) == value)
    draft["answers"] = {key: value for key, value in said.items() if key not in draft["own"]}


def _complete(case: Case, draft: Draft) -> dict[str, Any]:
    """The corrected answers, with her own put back where she left them alone."""
    service, said = _service(case), draft["answers"]
    hers = own.fill(here().db, service, session.caller(), said, case.company)
    return draft["answers"] | {key: hers[key] for key in draft["own"] if key in hers}


def _missing(case: Case, draft: Draft, asked: list[Defect]) -> Iterator[Detail]:
    """Materials asked for that have not come: a corrected form is no excuse for them."""
    for key in _materials(asked):
        if key not in draft["files"]:
            name = case.material_names[key]
            yield checks.fault(f"files.{key}", "still_missing", name=name)


def _page(case: Case, draft: Draft, faults: list[Detail], more: str = "") -> str:
    service, asked = _service(case), _asked(case)
    masks = own.shown(service, session.caller(), case.company)
    known = {key: masks[key] for key in draft["own"] if key in masks}
    shown: dict[str, Any] = applying.parts(service, draft, known, faults)
    if not _about_form(asked):
        shown["groups"] = []
    return render_template(
        "h5/supplement.html",
        case=case,
        service=service,
        asked=asked,
        wanted=[(key, case.material_names[key]) for key in _materials(asked)],
        note=request.form.get("draft.note", ""),
        sealed=drafts.seal(draft, case.resident, case.number),
        more=more,
        **shown,
    )


def _service(case: Case) -> Service:
    return services.at(here().db, case.service, case.service_version)


def _asked(case: Case) -> list[Defect]:
    return cases.defects(here().db, case.number)


def _materials(asked: list[Defect]) -> list[str]:
    """The materials to be handed in anew, each once."""
    return list(dict.fromkeys(each["material"] for each in asked if each["material"]))


def _about_form(asked: list[Defect]) -> bool:
    return any(each["material"] is None for each in asked)
