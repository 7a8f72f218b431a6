"""Companies at the window: registered by a clerk's word, and who may act for them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, texts
from base.errors import Invalid, Problem
from people import companies, finding, identity, residents
from people.companies import Company

from ..errors import status_of
from ..runtime import here
from .guard import me, needs

blueprint = Blueprint("companies", __name__, url_prefix="/companies")


class NotVouched(Invalid):
    """The clerk has not said that licence and identity card were seen."""

    code = "not_vouched"


@blueprint.get("")
@needs("person.confirm")
def page() -> ResponseReturnValue:
    """Look for a company by its code, or register one."""
    wanted = request.args.get("uscc")
    if wanted is None:
        return _page()
    try:
        company = companies.get(here().db, identity.check_uscc(wanted))
    except (identity.BadUscc, companies.NoSuchCompany) as refused:
        return _page(missed=refused), status_of(refused)
    return redirect(url_for(".show", uscc=company.uscc), 303)


@blueprint.post("")
@needs("person.confirm")
def register() -> ResponseReturnValue:
    """Register a company whose licence and representative the clerk has before her."""
    try:
        company = _registered()
    except Problem as refused:
        return _page(refused), status_of(refused)
    flash(texts.say("console.company_registered", name=company.name), "success")
    return redirect(url_for(".show", uscc=company.uscc), 303)


@blueprint.get("/<uscc>")
@needs("person.confirm")
def show(uscc: str) -> ResponseReturnValue:
    """A company with its people, masked; the look is recorded."""
    db, company = here().db, companies.get(here().db, uscc)
    audit.record(db, me().actor, "company.see", f"company:{company.uscc}")
    return render_template(
        "console/company.html",
        company=company,
        representative=residents.get(db, company.representative),
        agents=[(each, residents.get(db, each.resident)) for each in company.agents],
        steps=companies.history(db, company.uscc)[::-1],
    )


def _registered() -> Company:
    form, db, by = request.form, here().db, me().actor
    if form.get("vouched") != "yes":
        raise NotVouched
    code, name = identity.check_uscc(form.get("uscc", "")), form.get("name", "")
    said = form.get("person", ""), form.get("id_number", "")
    person = finding.person(db, *said, by=by, about=f"company:{code}")
    return companies.register(db, code, name, representative=person.id, by=by)


def _page(refused: Problem | None = None, missed: Problem | None = None) -> str:
    return render_template(
        "console/companies.html",
        given=request.form,
        sought=request.args.get("uscc", ""),
        refused=texts.explain(refused) if refused else None,
        missed=texts.explain(missed) if missed else None,
    )
