"""Everything we told the resident, whether or not WeChat delivered it."""

from flask import Blueprint, render_template

from tracking import messages as ledger

from ..runtime import here
from . import session

blueprint = Blueprint("inbox", __name__)
_LISTED = 50


@blueprint.get("/messages")
def messages() -> str:
    """My messages, newest first; those not yet read are marked this once."""
    db, resident = here().db, session.caller()
    found = ledger.of(db, resident.id, _LISTED)
    ledger.mark_read(db, resident.id)
    return render_template("h5/messages.html", messages=found)
