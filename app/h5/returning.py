"""Where UnionPay's page posts the payer back to; nothing of what it brings is believed or read."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

blueprint = Blueprint("returning", __name__)


@blueprint.post("/bills/<number>/result")
def to_bill(number: str) -> AnyResponse:
    """Back to a bill: its page asks the wallet, once the browser brings the session's cookie."""
    return redirect(url_for("h5.bills.result", number=number), 303)


@blueprint.post("/pay/<token>/result")
def to_link(token: str) -> AnyResponse:
    """Back to a pay link."""
    return redirect(url_for("h5.paying.result", token=token), 303)
