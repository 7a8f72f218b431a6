"""My bills, and paying them inside WeChat; how it went is asked of the wallet, never the phone."""

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from base import clock, numbers
from payments import bills, inquiries, links, telling
from payments import fiscal as levies
from payments.bills import Bill

from ..api.bills import LINK_LIFETIME
from ..runtime import here
from . import orders, session

blueprint = Blueprint("bills", __name__)
_WALLET = "wechat"


@blueprint.get("/bills")
def mine() -> str:
    """What I owe."""
    return render_template("h5/bills.html", owed=bills.owed(here().db, session.caller().id))


@blueprint.get("/bills/<number>")
def bill(number: str) -> str:
    """One bill and the ways to pay it."""
    found = mine_of(number)
    late = found.payable_by < clock.today().isoformat()
    told: dict[str, object] = {"wallets": here().wallets, "key": orders.key, "overdue": late}
    told |= {"refunds": telling.refunds(found), "receipts": levies.shown(here().db, found.number)}
    return render_template("h5/bill.html", bill=found, **told)


@blueprint.post("/bills/<number>/wechat")
def pay(number: str) -> AnyResponse:
    """Open the bill at WeChat Pay; the one page of ours with a script brings the wallet up."""
    found = mine_of(number)
    opened = orders.opened(found, _WALLET, session.payer(), by=found.resident)
    if opened is None:
        return redirect(url_for(".bill", number=found.number))
    parameters = dict(opened.parameters)
    return make_response(render_template("h5/pay.html", bill=found, parameters=parameters))


@blueprint.get("/bills/<number>/wechat")
def again(number: str) -> AnyResponse:
    """Whoever comes back to the wallet's page starts from the bill."""
    return redirect(url_for(".bill", number=mine_of(number).number))


@blueprint.get("/bills/<number>/result")
def result(number: str) -> str:
    """Ask the wallets how it went, and say so."""
    found = inquiries.refresh(here().db, here().wallets, mine_of(number).number)
    return render_template("h5/bill_result.html", bill=found)


@blueprint.get("/bills/<number>/alipay")
def outside(number: str) -> AnyResponse:
    """A link for the phone's own browser, because Alipay does not open inside WeChat."""
    token = links.issue(here().settings.secret_key, mine_of(number).number, LINK_LIFETIME)
    return redirect(url_for("h5.paying.offer", token=token))


def mine_of(number: str) -> Bill:
    """A bill of the signed-in resident's; whatever else the number is raises NoSuchBill."""
    resident = session.caller()
    try:
        found = bills.get(here().db, numbers.tidy(number))
    except numbers.BadNumber as error:
        raise bills.NoSuchBill from error
    if found.resident != resident.id:
        raise bills.NoSuchBill
    return found
