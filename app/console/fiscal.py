"""What the finance system would not have: brought to it once more, by an officer's hand."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from base import texts
from payments import fiscal

from ..runtime import here
from . import scope
from .guard import me, needs

blueprint = Blueprint("fiscal", __name__, url_prefix="/bills")


@blueprint.post("/<number>/fiscal")
@needs("refund.approve")
def again(number: str) -> ResponseReturnValue:
    """Bring a disputed bill to the finance system again, its cause having been mended."""
    bill = scope.bill(number)
    fiscal.again(here().db, bill.number, by=me().actor)
    flash(texts.say("console.fiscal_again"), "success")
    return redirect(url_for("console.bills.show", number=bill.number), 303)
