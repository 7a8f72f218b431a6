"""Whose matter it is: what belongs to another agency does not exist for an operator."""

from flask import request

from base import numbers
from base.errors import Conflict
from payments import bills
from payments.bills import Bill
from people import operators
from tracking import cases
from tracking.cases import Case, NoSuchCase

from ..runtime import here
from .guard import me


class StalePage(Conflict):
    """The thing has changed since the page that asks was opened."""

    code = "stale_page"


def case(number: str) -> Case:
    """A case of the operator's agency; raises BadNumber, NoSuchCase."""
    found = cases.get(here().db, numbers.tidy(number))
    if not operators.covers(me(), found.agency):
        raise NoSuchCase
    return found


def bill(number: str) -> Bill:
    """A bill for a case of the operator's agency; raises BadNumber, NoSuchBill."""
    found = bills.get(here().db, numbers.tidy(number))
    if not covers_case(found.case):
        raise bills.NoSuchBill
    return found


def covers_case(number: str) -> bool:
    """Whether a case of this number is the operator's agency's to see."""
    if me().agency is None:
        return True
    try:
        return operators.covers(me(), cases.get(here().db, number).agency)
    except NoSuchCase:
        return False


def check_version(version: int) -> None:
    """Raise StalePage unless the form was made from this version."""
    if request.form.get("version") != str(version):
        raise StalePage
