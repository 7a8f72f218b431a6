"""Applying, following a case, adding what was asked for, taking it back."""

from dataclasses import replace
from typing import Any

from apiflask import APIBlueprint, fields
from marshmallow.validate import Length, OneOf

from base import numbers
from people import companies
from tracking import cases, receipts, stories
from tracking.moves import STATES

from .. import filing
from ..runtime import here
from .guard import auth, caller
from .shapes import In, Money, Number, Out, Page, maybe, rows

blueprint = APIBlueprint("cases", __name__, url_prefix="/api/v1")
FILES = fields.Dict(
    keys=fields.String(),
    values=fields.List(fields.String(), validate=Length(0, 30)),
    load_default=dict,
)


class KeyIn(In):
    """The tap's own key: the same key is the same application, however often it is sent."""

    idempotency_key = fields.String(
        required=True, data_key="Idempotency-Key", validate=Length(8, 100)
    )

    class Meta:
        """Other headers are not ours to judge."""

        unknown = "exclude"


class ApplicationIn(In):
    """An application."""

    service = fields.String(required=True, validate=Length(1, 64))
    answers = fields.Dict(required=True, keys=fields.String())
    files = FILES
    company = fields.String(load_default=None, allow_none=True)


class SupplementIn(In):
    """What was asked for."""

    files = FILES
    answers = fields.Dict(keys=fields.String(), load_default=None, allow_none=True)


class StepOut(Out):
    """One line of a case's story."""

    at = fields.DateTime()
    move = fields.String()
    title = fields.String()
    text = fields.String()
    note = maybe()


class PaymentOut(Out):
    """What a case owes."""

    state = fields.String(validate=OneOf(["none", "due", "paid", "waived"]))
    amount = Money()
    bill = Number(allow_none=True)


class FirmOut(Out):
    """The company a case is for, and how its applicant stood to it."""

    uscc = fields.String()
    name = fields.String()
    standing = fields.String(validate=OneOf([companies.AGENT, companies.REPRESENTATIVE]))


class CaseOut(Out):
    """A case in one line."""

    number = Number()
    service = fields.String()
    service_name = fields.String()
    agency_name = fields.String()
    company = fields.Nested(FirmOut, allow_none=True)
    state = fields.String(validate=OneOf(STATES))
    state_name = fields.String()
    due_day = maybe()
    payment = fields.Nested(PaymentOut)
    created = fields.DateTime()


class DefectOut(Out):
    """One thing that is missing or wrong."""

    material = maybe()
    words = fields.String()


class StoryOut(CaseOut):
    """A case with its story and, while it waits for the resident, everything that is missing."""

    waiting = fields.String()
    story = rows(StepOut)
    defects = rows(DefectOut)


class CasesOut(Out):
    """My cases, newest first."""

    cases = rows(CaseOut)


class ReceivedOut(Out):
    """One paper and how many files came for it."""

    name = fields.String()
    files = fields.String()


class ReceiptOut(Out):
    """The receipt (收件凭证), every value a finished phrase."""

    title = fields.String()
    number = fields.String()
    service = fields.String()
    agency = fields.String()
    applicant = fields.String()
    received = fields.String()
    body = fields.String()
    materials = rows(ReceivedOut)
    promise = fields.String()
    basis = fields.String()
    keep = fields.String()


class ReceiptOfOut(Out):
    """The receipt of a case."""

    receipt = fields.Nested(ReceiptOut)


@blueprint.post("/cases")
@blueprint.auth_required(auth)
@blueprint.input(KeyIn, location="headers")
@blueprint.input(ApplicationIn)
@blueprint.output(StoryOut, 201)
def apply(headers_data: dict[str, Any], json_data: dict[str, Any]) -> dict[str, Any]:
    """Submit an application; a second tap with the same key answers with the first case."""
    draft = filing.Draft(key=headers_data["idempotency_key"], **json_data)
    return _story(filing.submit(here().db, caller(), draft))


@blueprint.get("/cases")
@blueprint.auth_required(auth)
@blueprint.input(Page, location="query")
@blueprint.output(CasesOut)
def mine(query_data: dict[str, Any]) -> dict[str, Any]:
    """My cases."""
    found = cases.of(here().db, caller().id, query_data["limit"])
    return {"cases": [_line(case) for case in found]}


@blueprint.get("/cases/<number>")
@blueprint.auth_required(auth)
@blueprint.output(StoryOut)
def story(number: str) -> dict[str, Any]:
    """One of my cases with its story."""
    return _story(cases.owned(here().db, numbers.tidy(number), caller().id))


@blueprint.get("/cases/<number>/receipt")
@blueprint.auth_required(auth)
@blueprint.output(ReceiptOfOut)
def receipt(number: str) -> dict[str, Any]:
    """The receipt of one of my cases."""
    case = cases.owned(here().db, numbers.tidy(number), caller().id)
    return {"receipt": receipts.receipt(case)}


@blueprint.post("/cases/<number>/supplement")
@blueprint.auth_required(auth)
@blueprint.input(SupplementIn)
@blueprint.output(StoryOut)
def supplement(number: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Hand in everything that was asked for, at once."""
    given = {name: value for name, value in json_data.items() if value is not None}
    return _move(number, "supplement", **given)


@blueprint.post("/cases/<number>/withdraw")
@blueprint.auth_required(auth)
@blueprint.output(StoryOut)
def withdraw(number: str) -> dict[str, Any]:
    """Take an application back before it is decided."""
    return _move(number, "withdraw")


def _move(number: str, move: str, **facts: Any) -> dict[str, Any]:
    by = f"resident:{caller().id}"
    return _story(cases.move(here().db, numbers.tidy(number), move, by=by, **facts))


def _story(case: cases.Case) -> dict[str, Any]:
    """The case as the schema reads it, its story in words."""
    waits = case.state == "supplementing"
    defects = cases.defects(here().db, case.number) if waits else []
    told = {"story": stories.story(case), "waiting": stories.waiting(case), "defects": defects}
    return _line(case) | told


def _line(case: cases.Case) -> dict[str, Any]:
    """The case in one line; a finished case asks for no money, whatever it once owed."""
    shown = {name: getattr(case, name) for name in case.__dataclass_fields__}
    if case.finished and case.payment.state == "due":
        shown["payment"] = replace(case.payment, state="none")
    due_day = case.deadline.due_day if case.deadline else None
    return shown | {"state_name": case.state_name, "due_day": due_day}
