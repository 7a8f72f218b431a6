"""Paying: bills, one attempt at one wallet at a time, and asking how it went."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apiflask import APIBlueprint, fields
from marshmallow import ValidationError, validates_schema
from marshmallow.validate import OneOf, Regexp

from base import clock, numbers, once
from payments import attempts, bills, inquiries, links, telling
from payments import fiscal as levies
from payments.wallets import Payer
from people.residents import Resident

from .. import fiscal
from ..runtime import here
from .cases import KeyIn
from .guard import auth, caller
from .shapes import In, Money, Number, Out, maybe, rows

blueprint = APIBlueprint("bills", __name__, url_prefix="/api/v1")
LINK_LIFETIME = timedelta(hours=2)
_SETTLED = {
    "paid": attempts.AlreadyPaid,
    "waived": attempts.BillCancelled,
    "cancelled": attempts.BillCancelled,
}


class BillLineOut(Out):
    """One line of a bill; an exemption or a reduction is below zero and names its law."""

    name = fields.String()
    basis = fields.String()
    amount = Money()
    unit = fields.String()
    quantity = fields.Integer()
    total = Money()


class RefundOut(Out):
    """Money going back."""

    amount = Money()
    reason = fields.String()
    state = fields.String(validate=OneOf(["underway", "done", "delayed"]))
    state_name = fields.String()
    at = fields.DateTime()


class VoucherOut(Out):
    """A fiscal e-receipt; its numbers are there once it is issued."""

    amount = Money()
    state = fields.String(validate=OneOf(["applied", "issued", "red"]))
    state_name = fields.String()
    code = fields.String()
    number = fields.String()
    check_code = fields.String()
    issued = fields.DateTime(allow_none=True)


class BillOut(Out):
    """A bill."""

    number = Number()
    case = Number()
    title = fields.String()
    lines = rows(BillLineOut)
    total = Money()
    state = fields.String(validate=OneOf(["open", "paid", "waived", "cancelled"]))
    payable_by = fields.String(metadata={"format": "date"})
    refunds = rows(RefundOut)
    receipts = rows(VoucherOut)
    created = fields.DateTime()


class BillsOut(Out):
    """What I owe."""

    bills = rows(BillOut)


class AttemptIn(In):
    """Which wallet to pay with; `buyer` is the user of Alipay's mini-program who is to pay there.

    Alipay's number of hers (2088…) or her open_id under our application, whichever it is given.
    """

    wallet = fields.String(required=True, validate=OneOf(["wechat", "alipay", "unionpay"]))
    buyer = fields.String(validate=Regexp(r"[0-9A-Za-z_-]{16,128}\Z"))

    @validates_schema
    def only_at_alipay(self, told: dict[str, Any], **_: Any) -> None:
        """Refuse a buyer where no other wallet asks for one."""
        if "buyer" in told and told["wallet"] != "alipay":
            raise ValidationError("not at this wallet", "buyer")


class AttemptOut(Out):
    """What brings up the wallet: parameters of its mini-program, or a link for a browser."""

    wallet = fields.String()
    parameters = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    link = maybe()
    expires = fields.DateTime()


@blueprint.get("/bills")
@blueprint.auth_required(auth)
@blueprint.output(BillsOut)
def owed() -> dict[str, Any]:
    """What I owe."""
    return {"bills": [_shown(each) for each in bills.owed(here().db, caller().id)]}


@blueprint.get("/bills/<number>")
@blueprint.auth_required(auth)
@blueprint.output(BillOut)
def bill(number: str) -> dict[str, Any]:
    """One of my bills."""
    return _shown(_mine(number))


@blueprint.post("/bills/<number>/attempts")
@blueprint.auth_required(auth)
@blueprint.input(KeyIn, location="headers")
@blueprint.input(AttemptIn)
@blueprint.output(AttemptOut, 201)
def pay(number: str, headers_data: dict[str, Any], json_data: dict[str, Any]) -> dict[str, Any]:
    """Open the bill at a wallet: WeChat Pay here, Alipay where its user is named, else by a link.

    For a day, the same key is given the same answer; with another wallet it is refused.
    """
    found, key = _mine(number), headers_data["idempotency_key"]
    buyer, offer = json_data.get("buyer", ""), _OFFERS[json_data["wallet"]]
    act = f"pay:{found.number}"
    told = once.answer(here().db, caller().id, act, key, json_data, lambda: offer(found, buyer))
    return told | {"expires": datetime.fromisoformat(told["expires"])}


def _at_wechat(bill: bills.Bill, _buyer: str) -> dict[str, Any]:
    """What the mini-program needs to bring up WeChat Pay."""
    return _opened(bill, "wechat", _payer(caller()))


def _at_alipay(bill: bills.Bill, buyer: str) -> dict[str, Any]:
    """What Alipay's mini-program needs to bring it up for its user, or the link for a browser."""
    wallet = here().wallets.get("alipay")
    if wallet is None or not buyer:
        return _outside("alipay", bill)
    return _opened(bill, "alipay", replace(wallet.binds(None), openid=buyer))


def _opened(bill: bills.Bill, wallet: str, payer: Payer | None) -> dict[str, Any]:
    opened = fiscal.open(bill.number, wallet, payer)
    shown = {"wallet": opened.wallet, "parameters": dict(opened.parameters), "link": None}
    return shown | {"expires": opened.expires.isoformat()}


def _outside(wallet: str, bill: bills.Bill, _buyer: str = "") -> dict[str, Any]:
    """A link for the phone's own browser, where every other wallet opens."""
    if wallet not in here().wallets:
        raise attempts.NoSuchWallet
    if bill.state in _SETTLED:
        raise _SETTLED[bill.state]
    settings = here().settings
    token = links.issue(settings.secret_key, bill.number, LINK_LIFETIME)
    expires = clock.now() + LINK_LIFETIME
    link = f"{settings.public_url}/h5/pay/{token}"
    shown = {"wallet": wallet, "parameters": None, "link": link}
    return shown | {"expires": expires.isoformat()}


_OFFERS: dict[str, Callable[[bills.Bill, str], dict[str, Any]]] = {
    "wechat": _at_wechat,
    "alipay": _at_alipay,
    "unionpay": partial(_outside, "unionpay"),
}


@blueprint.post("/bills/<number>/refresh")
@blueprint.auth_required(auth)
@blueprint.output(BillOut)
def refresh(number: str) -> dict[str, Any]:
    """Ask the wallets how it went; the phone's own word is never proof."""
    return _shown(inquiries.refresh(here().db, here().wallets, _mine(number).number))


def _shown(bill: bills.Bill) -> dict[str, Any]:
    kept = ("number", "case", "title", "lines", "total", "state", "payable_by", "created")
    shown = {name: getattr(bill, name) for name in kept}
    receipts = levies.shown(here().db, bill.number)
    return shown | {"refunds": telling.refunds(bill), "receipts": receipts}


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
