"""Paying: bills, one attempt at one wallet at a time, and asking how it went."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint, fields
from marshmallow.validate import OneOf

from base import clock, numbers
from payments import attempts, bills, inquiries, links
from payments.wallets import Payer
from people.residents import Resident

from ..runtime import here
from .guard import auth, caller
from .shapes import In, Money, Number, Out, maybe, rows

blueprint = APIBlueprint("bills", __name__, url_prefix="/api/v1")
LINK_LIFETIME = timedelta(hours=2)
_SETTLED = {"paid": attempts.AlreadyPaid, "cancelled": attempts.BillCancelled}


class BillLineOut(Out):
    """One line of a bill."""

    name = fields.String()
    amount = Money()
    unit = fields.String()
    quantity = fields.Integer()
    total = Money()


class BillOut(Out):
    """A bill."""

    number = Number()
    case = Number()
    title = fields.String()
    lines = rows(BillLineOut)
    total = Money()
    state = fields.String(validate=OneOf(["open", "paid", "cancelled"]))
    created = fields.DateTime()


class BillsOut(Out):
    """What I owe."""

    bills = rows(BillOut)


class AttemptIn(In):
    """Which wallet to pay with."""

    wallet = fields.String(required=True, validate=OneOf(["wechat", "alipay"]))


class AttemptOut(Out):
    """What brings up the wallet: parameters of wx.requestPayment, or a link for a browser."""

    wallet = fields.String()
    parameters = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    link = maybe()
    expires = fields.DateTime()


@blueprint.get("/bills")
@blueprint.auth_required(auth)
@blueprint.output(BillsOut)
def owed() -> dict[str, Any]:
    """What I owe."""
    return {"bills": bills.owed(here().db, caller().id)}


@blueprint.get("/bills/<number>")
@blueprint.auth_required(auth)
@blueprint.output(BillOut)
def bill(number: str) -> bills.Bill:
    """One of my bills."""
    return _mine(number)


@blueprint.post("/bills/<number>/attempts")
@blueprint.auth_required(auth)
@blueprint.input(AttemptIn)
@blueprint.output(AttemptOut, 201)
def pay(number: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Open the bill at a wallet; Alipay does not exist in a mini-program, so it gives a link."""
    runtime, found = here(), _mine(number)
    if json_data["wallet"] == "alipay":
        if found.state in _SETTLED:
            raise _SETTLED[found.state]
        token = links.issue(runtime.settings.secret_key, found.number, LINK_LIFETIME)
        link = f"{runtime.settings.public_url}/h5/pay/{token}"
        expires = clock.now() + LINK_LIFETIME
        return {"wallet": "alipay", "link": link, "parameters": None, "expires": expires}
    payer = _payer(caller())
    opened = attempts.open(runtime.db, runtime.wallets, found.number, "wechat", payer)
    return asdict(opened) | {"link": None}


@blueprint.post("/bills/<number>/refresh")
@blueprint.auth_required(auth)
@blueprint.output(BillOut)
def refresh(number: str) -> bills.Bill:
    """Ask the wallets how it went; the phone's own word is never proof."""
    return inquiries.refresh(here().db, here().wallets, _mine(number).number)


def _payer(resident: Resident) -> Payer | None:
    """The resident in the mini-program; without that account no wallet opens there."""
    held = (each for each in resident.accounts if each.kind == "mp")
    account = next(held, None)
    return Payer(account.appid, account.openid) if account else None


def _mine(number: str) -> bills.Bill:
    """A bill of the caller's; anybody else's does not exist."""
    found = bills.get(here().db, numbers.tidy(number))
    if found.resident != caller().id:
        raise bills.NoSuchBill
    return found
