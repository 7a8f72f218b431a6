"""Paying by a signed link in any browser: no sign-in; only service, number and amount."""

from typing import Final

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from payments import bills, inquiries, links
from payments.bills import Bill

from ..runtime import here
from ..wechat import opening
from . import orders, session

blueprint = Blueprint("paying", __name__)
_WALLET = "alipay"
BEARER: Final = "link"
"""Whoever pays by a link: nobody signs in for it."""


@blueprint.get("/pay/<token>")
def offer(token: str) -> str:
    """What is to be paid and how; inside WeChat, how to get out to where Alipay opens.

    Raises BadLink and ExpiredLink, as every page here does.
    """
    found = bill_of(token)
    address = here().settings.public_url + url_for(".offer", token=token)
    return render_template(
        "h5/pay_link.html",
        bill=found,
        token=token,
        address=address,
        inside=session.is_wechat(),
        wallets=here().wallets,
        key=orders.key,
        until=links.until(token),
    )


@blueprint.post("/pay/<token>/alipay")
def leave(token: str) -> AnyResponse:
    """Go to Alipay's own signed page; a live order is used again.

    The way there is a link, because a form of ours may not end at another host.
    """
    found, page = bill_of(token), url_for(".offer", token=token)
    back = here().settings.public_url + url_for(".result", token=token)
    opened = orders.opened(found, _WALLET, None, by=BEARER, back=back)
    if opened is None:
        return redirect(page, 303)
    url = opened.parameters["url"]
    return make_response(render_template("h5/alipay.html", bill=found, url=url, token=token))


@blueprint.get("/pay/<token>/alipay")
@blueprint.get("/pay/<token>/unionpay")
def again(token: str) -> AnyResponse:
    """Whoever comes back to a wallet's page starts from the link; looking opens nothing."""
    bill_of(token)
    return redirect(url_for(".offer", token=token))


@blueprint.get("/pay/<token>/result")
def result(token: str) -> str:
    """Where Alipay sends the payer back to: the wallet is asked, the address is not believed."""
    found = inquiries.refresh(here().db, here().wallets, bill_of(token).number)
    paid_outside = found.state == "paid" and not session.is_wechat()
    way_back = paid_outside and opening.offered(here().wechat, _page(found))
    return render_template("h5/pay_link_result.html", bill=found, token=token, way_back=way_back)


@blueprint.get("/pay/<token>/back")
def back(token: str) -> AnyResponse:
    """On to the bill's page in the mini-program; back to the result where no link is to be had."""
    found = bill_of(token)
    link = opening.link(here().wechat, _page(found))
    return redirect(link or url_for(".result", token=token))


def bill_of(token: str) -> Bill:
    """The bill a link is good for; raises BadLink and ExpiredLink."""
    return bills.get(here().db, links.read(here().settings.secret_key, token))


def _page(bill: Bill) -> str:
    """The page of a bill in the mini-program, where its owner signs in."""
    return opening.pages()["bill"].format(number=bill.number)
