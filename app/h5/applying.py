"""Applying: the form with everything wrong said at once, a last look with the fee, then filed."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from base import texts
from base.errors import Detail
from catalogue import fees, forms, regions, services
from catalogue.shapes import FormField, Service
from people.residents import Resident
from tracking import checks

from .. import filing
from ..runtime import here
from . import drafts, naming, own, session, uploads
from .drafts import Draft
from .guides import condition

blueprint = Blueprint("applying", __name__)


@blueprint.get("/services/<key>/apply")
def form(key: str) -> str:
    """An empty form, what we know of her filled in; first of all, in whose name it is."""
    service, wanted = services.get(here().db, key), request.args.get("as")
    resident = session.ready(service.real_name_level)
    if wanted is None and naming.is_open(service, resident):
        found = naming.choices(service, resident)
        return render_template("h5/naming.html", service=service, **found)
    draft = drafts.fresh()
    draft["company"] = naming.choose(service, resident, wanted or naming.OWN)
    draft["answers"] = own.preset(service)
    return page(service, draft)


@blueprint.post("/services/<key>/apply")
def take(key: str) -> AnyResponse:
    """One of the form's buttons: check, file, change, upload, drop a file, add a row."""
    service = services.get(here().db, key)
    resident = session.ready(service.real_name_level)
    draft = drafts.unseal(request.form.get("draft.sealed", ""), resident.id, key)
    wish, _, about = request.form.get("draft.do", "check").partition(":")
    if wish == "file":
        return _file(service, resident, draft)
    if wish == "change":
        return make_response(page(service, _changeable(draft)))
    draft["answers"] = forms.answers(service, request.form.to_dict(flat=False))
    wanted = {each["key"] for each in service.materials}
    faults = uploads.take(here().db, resident.id, wanted, draft["files"])
    if wish == "drop":
        draft["files"] = uploads.drop(draft["files"], about)
    if wish == "check" and not faults:
        return _checked(service, resident, draft)
    shown = page(service, draft, faults=faults, more=about if wish == "more" else "")
    return make_response(shown, 422 if faults else 200)


def page(service: Service, draft: Draft, faults: list[Detail] | None = None, more: str = "") -> str:
    """The form of a service with what was answered so far; `more` is a table that wants a row."""
    resident, company = session.caller(), naming.company(draft)
    return render_template(
        "h5/apply.html",
        service=service,
        company=company,
        nameable=naming.is_open(service, resident),
        sealed=drafts.seal(draft, resident.id, service.key),
        **parts(service, draft, own.shown(service, resident, company), faults or []),
        more=more,
    )


def parts(
    service: Service, draft: Draft, known: dict[str, str], faults: list[Detail]
) -> dict[str, Any]:
    """What the form language needs to draw itself."""
    return {
        "groups": forms.groups(service),
        "answers": draft["answers"],
        "kept": draft["files"],
        "own": known,
        "faults": faults,
        "accepted": uploads.ACCEPTED,
        "when": lambda told: condition(service, told),
        "regions_of": lambda levels: regions.choices(here().db, levels),
    }


def _checked(service: Service, resident: Resident, draft: Draft) -> AnyResponse:
    """Everything wrong at once, or the last look before filing."""
    db, said, company = here().db, draft["answers"], naming.company(draft)
    filled = own.fill(db, service, resident, said, company)
    ids = uploads.ids(draft["files"])
    try:
        clean = checks.application(db, service, said | filled, ids, resident.id)
    except checks.ApplicationInvalid as wrong:
        return make_response(page(service, draft, wrong.details), 422)
    draft["answers"], draft["own"] = clean, sorted(filled)
    masks = own.shown(service, resident, company)
    told = forms.story(service, clean)
    return make_response(
        render_template(
            "h5/confirm.html",
            service=service,
            company=company,
            story=[
                (q, masks[q["key"]] if q["key"] in filled else _named(q, text)) for q, text in told
            ],
            kept=draft["files"],
            quote=fees.quote(service, clean, fees.claimed(service, clean)),
            sealed=drafts.seal(draft, resident.id, service.key),
        )
    )


def _named(question: FormField, text: str) -> str:
    """An answer as it is read back; a region by its name."""
    if question["type"] != "region":
        return text
    return regions.path(here().db, text) or texts.say("catalogue.region.outside")


def _changeable(draft: Draft) -> Draft:
    """The draft as the form shows it: what is her own is not shown again."""
    draft["answers"] = {k: v for k, v in draft["answers"].items() if k not in draft["own"]}
    return draft


def _file(service: Service, resident: Resident, draft: Draft) -> AnyResponse:
    """File it; a second tap leads to the same case."""
    application = filing.Draft(
        service=service.key,
        answers=draft["answers"],
        key=draft["key"],
        files=uploads.ids(draft["files"]),
        company=draft["company"],
    )
    try:
        case = filing.submit(here().db, resident, application)
    except checks.ApplicationInvalid as wrong:
        return make_response(page(service, _changeable(draft), wrong.details), 422)
    return redirect(url_for("h5.cases.story", number=case.number, filed=1))
