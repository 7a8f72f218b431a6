"""Paying at UnionPay: a signed form that the payer's own browser takes to its page."""

from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from payments.bills import Bill

from ..runtime import here
from . import bills, frame, orders, paying

blueprint = Blueprint("union", __name__)
_WALLET = "unionpay"
# The gateway may send the browser on to its cashier's hosts, and browsers check that as well.
_HOSTS = "https://*.95516.com"


@blueprint.post("/bills/<number>/unionpay")
def pay(number: str) -> AnyResponse:
    """Open the bill at UnionPay, whose page WeChat shows too."""
    found = bills.mine_of(number)
    page = url_for("h5.bills.bill", number=found.number)
    return _leave(found, found.resident, page, url_for("h5.bills.result", number=found.number))


@blueprint.get("/bills/<number>/unionpay")
def again(number: str) -> AnyResponse:
    """Whoever comes back to this page starts from the bill."""
    return redirect(url_for("h5.bills.bill", number=bills.mine_of(number).number))


@blueprint.post("/pay/<token>/unionpay")
def leave(token: str) -> AnyResponse:
    """The same by a pay link, in any browser."""
    page = url_for("h5.paying.offer", token=token)
    result = url_for("h5.paying.result", token=token)
    return _leave(paying.bill_of(token), paying.BEARER, page, result)


def _leave(bill: Bill, by: str, page: str, result: str) -> AnyResponse:
    """The form, sent by itself where scripts run; a live order is used again."""
    back = here().settings.public_url + result
    opened = orders.opened(bill, _WALLET, None, by=by, back=back)
    if opened is None:
        return redirect(page)
    fields = dict(opened.parameters)
    url = urlsplit(fields.pop("url"))
    shown = render_template(
        "h5/union.html", bill=bill, url=url.geturl(), fields=fields, page=page, result=result
    )
    answer = make_response(shown)
    answer.headers["Content-Security-Policy"] = frame.policy(f"{url.scheme}://{url.netloc}", _HOSTS)
    return answer
