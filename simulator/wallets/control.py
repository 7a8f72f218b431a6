"""The control API of the wallets: pay, look at orders, bring notices, true and untrue."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint
from flask import request as asked

from ..control import body
from ..people import Person
from ..world import World, here
from . import (
    alipay_trades,
    alipay_wire,
    cashier,
    courier,
    unionpay_orders,
    unionpay_wire,
    wechat_money,
    wechat_orders,
    wechat_refunds,
    wechat_wire,
)
from .alipay_notices import POST as ALIPAY
from .courier import TWISTS, Post, Receipt
from .unionpay_notices import POST as UNIONPAY
from .wechat_money import NoPayment
from .wechat_notices import POST as WECHAT

Answer = dict[str, Any] | tuple[dict[str, Any], int]

blueprint = Blueprint("wallets_control", __name__, url_prefix="/control/v1")

POSTS: dict[str, Post] = {post.wallet: post for post in (WECHAT, ALIPAY, UNIONPAY)}
OPTIONS: dict[str, tuple[str, Any]] = {
    "wechat": ("wechat_pay", wechat_orders),
    "alipay": ("alipay", alipay_trades),
    "unionpay": ("unionpay", unionpay_orders),
}
KEPT: dict[str, Callable[[World], Mapping[str, Any]]] = {
    "wechat": wechat_orders.orders,
    "alipay": alipay_trades.trades,
    "unionpay": unionpay_orders.listed,
}


class Unknown(Exception):
    """The control request names a wallet, an order, an option or a kind that does not exist."""


@blueprint.errorhandler(Unknown)
def unknown(error: Unknown) -> Answer:
    """Answer 404 and say what is unknown."""
    return {"ok": False, "error": "unknown", "what": str(error)}, 404


@blueprint.errorhandler(KeyError)
def lacking(error: KeyError) -> Answer:
    """Answer 400 when the body lacks a key."""
    return {"ok": False, "error": "missing_key", "key": str(error.args[0])}, 400


@blueprint.errorhandler(NoPayment)
def no_payment(refusal: NoPayment) -> Answer:
    """Answer 409 with the reason and the sentence the payer reads."""
    return {"ok": False, "error": refusal.reason, "message": refusal.told()}, 409


@blueprint.errorhandler(wechat_wire.Refused)
def no_order(refusal: wechat_wire.Refused) -> Answer:
    """Answer 404 when WeChat Pay knows no such order."""
    return {"ok": False, "error": refusal.code}, 404


@blueprint.errorhandler(alipay_wire.Refused)
def no_trade(refusal: alipay_wire.Refused) -> Answer:
    """Answer 409 with Alipay's sub-code."""
    told = refusal.answer()
    return {"ok": False, "error": told["sub_code"], "message": told["sub_msg"]}, 409


@blueprint.errorhandler(unionpay_wire.Refused)
def no_union(refusal: unionpay_wire.Refused) -> Answer:
    """Answer 409 with UnionPay's respCode."""
    told = unionpay_wire.said(refusal.code, refusal.about)
    return {"ok": False, "error": told["respCode"], "message": told["respMsg"]}, 409


@blueprint.post("/wallets/wechat/sheet")
def show_sheet() -> Answer:
    """Open WeChat's sheet: {person, params}, the six parameters of a page -> what it shows."""
    world, told = here(), body()
    return wechat_money.sheet(world, world.person(told["person"]), told["params"])


@blueprint.post("/wallets/wechat/pay")
def pay_sheet() -> Answer:
    """Pay from the sheet: {person, prepay_id}, optionally {params} to check them as well."""
    world, told = here(), body()
    return pay_wechat(world, world.person(told["person"]), told)


@blueprint.post("/people/<id>/pay")
def pay(id: str) -> Answer:
    """Pay as this person: {wallet: "wechat", prepay_id or params} or {wallet: "alipay", url}.

    Alipay takes {trade_no} too, UnionPay {params}, the fields of the form a browser brings; both
    take {outcome: "wait"}: log in at the cashier, or bring the form, without paying. Answers {ok,
    out_trade_no, transaction, return_url?, notice}; `notice` is what the service answered to the
    first notice ({status, body}), or None when it was kept back by a fault or nobody is to be
    told. 409 with {ok: false, error, message} when the wallet refuses.
    """
    world, told = here(), body()
    person = world.person(id)
    wallet = told.get("wallet", "alipay" if "url" in told else "wechat")
    ways = {"wechat": pay_wechat, "alipay": pay_alipay, "unionpay": pay_unionpay}
    if wallet not in ways:
        raise Unknown(wallet)
    return ways[wallet](world, person, told)


def pay_wechat(world: World, person: Person, told: dict[str, Any]) -> Answer:
    """Pay an order of WeChat Pay and bring the first notice."""
    if "params" in told:
        prepay_id = wechat_money.sheet(world, person, told["params"])["prepay_id"]
    else:
        prepay_id = told["prepay_id"].removeprefix(wechat_money.PACKAGE)
    order = wechat_money.pay(world, prepay_id, person)
    paid = {"out_trade_no": order["out_trade_no"], "transaction": order["transaction_id"]}
    return {"ok": True} | paid | {"notice": notify(world, WECHAT, order["out_trade_no"])}


def pay_alipay(world: World, person: Person, told: dict[str, Any]) -> Answer:
    """Pay at Alipay what a signed address or a waiting trade asks for; bring the first notice."""
    ask = asked_at(world, told["url"]) if "url" in told else alipay_trades.find(world, told)["ask"]
    waits = told.get("outcome") == "wait"
    trade = (alipay_trades.begin if waits else cashier.pay)(world, ask, person)
    answer = {
        "ok": True,
        "out_trade_no": ask["out_trade_no"],
        "transaction": trade["trade_no"],
        "return_url": cashier.back(world, trade, ask),
        "notice": None,
    }
    if not waits and ask["notify_url"]:
        answer["notice"] = notify(world, ALIPAY, ask["out_trade_no"])
    return answer


def pay_unionpay(world: World, person: Person, told: dict[str, Any]) -> Answer:
    """Bring a merchant's form to UnionPay and pay there; bring the first notice."""
    fields = {name: value for name, value in told["params"].items() if name != "url"}
    order = unionpay_orders.begin(world, unionpay_wire.proved(world, fields, *unionpay_wire.ORDER))
    answer = {"ok": True, "out_trade_no": order["orderId"], "transaction": order["queryId"]}
    if told.get("outcome") == "wait":
        return answer | {"notice": None}
    unionpay_orders.pay(world, order, person)
    return answer | {"notice": notify(world, UNIONPAY, order["orderId"])}


def asked_at(world: World, url: str) -> alipay_trades.Ask:
    """Return the order of a signed gateway address, checked as the gateway checks it.

    The address of an opened cashier page (/alipay/cashier/…) is good too.
    """
    parts = urlsplit(url)
    if parts.path.startswith(cashier.PATH):
        ask = cashier.order_of(world, parts.path.removeprefix(cashier.PATH))
        if ask is None:
            raise Unknown("cashier")
        return ask
    params = dict(parse_qsl(parts.query, keep_blank_values=True))
    return alipay_trades.read(world, alipay_wire.check(world, params), params)


def notify(world: World, post: Post, number: str) -> dict[str, Any] | None:
    """Note the notice of a payment and make the first try at once; None when it is kept back."""
    parcel = courier.note(world, post, number, "payment")
    return told_receipt(courier.deliver(world, post, parcel["id"], 0))


def told_receipt(receipt: Receipt | None) -> dict[str, Any] | None:
    """Return a receipt as JSON."""
    return asdict(receipt) if receipt else None


@blueprint.post("/wallets/<wallet>/notify")
def bring(wallet: str) -> Answer:
    """Bring a notice now: {out_trade_no, kind}; answers {status, body} of the service.

    Kinds: "again" (the last notice once more, true), "late" (the order is paid now, even if closed
    or expired, and told), "refund" (the last refund's notice once more); untrue ones: "forged"
    (signed by a stranger), "probe" (WeChat's SIGNTEST), "stale" (old time), "short" (one fen less),
    "other_payer", "other_merchant", "other_order" (an unknown number). An untrue notice about an
    unpaid order claims a payment that never was.
    """
    world, told, post = here(), body(), post_of(wallet)
    number, kind = told["out_trade_no"], told.get("kind", "again")
    if kind not in (*TWISTS, "again", "late", "refund"):
        raise Unknown(kind)
    with world.lock:
        paid = find_paid(world, wallet, number, kind == "late")
        kept = [one for one in courier.of(world, wallet, number) if fits(one["event"], kind)]
    if kind in ("again", "refund") and not (paid and (kept or kind == "again")):
        return {"ok": False, "error": "not_paid"}, 409
    parcel = kept[-1] if kept else courier.note(world, post, number, "payment")
    if not kept:
        parcel["state"] = "given_up"
    receipt = courier.bring(world, post, parcel, kind)
    return asdict(receipt) | {"ok": True}


@blueprint.post("/wallets/wechat/refunds")
def end_refund() -> Answer:
    """End a refund now and tell of it: {out_refund_no, fate: SUCCESS | ABNORMAL | CLOSED}.

    It is what a merchant's own hand at the console comes to.
    """
    world, told = here(), body()
    if told["fate"] not in wechat_refunds.FATES.values():
        raise Unknown(told["fate"])
    order, made = wechat_refunds.end(world, told["out_refund_no"], told["fate"])
    if made["notify_url"]:
        courier.send(world, WECHAT, order["out_trade_no"], "refund:" + made["out_refund_no"])
    return {"ok": True}


def fits(event: str, kind: str) -> bool:
    """Whether a notice of this event is what a kind repeats or twists."""
    return event.startswith("refund:") if kind == "refund" else event == "payment"


def find_paid(world: World, wallet: str, number: str, make: bool) -> bool:
    """Whether an order is paid, and with `make` pay it whatever its state. Hold the lock."""
    if wallet == "wechat":
        order = wechat_orders.find(world, number)
        if make and "paid" not in order:
            wechat_money.settle(world, order)
        return "paid" in order
    if wallet == "unionpay":
        brought = unionpay_orders.find(world, number)
        if make and "paid" not in brought:
            unionpay_orders.settle(world, brought)
        return "paid" in brought
    trade = alipay_trades.find(world, {"out_trade_no": number})
    if make and "paid" not in trade:
        alipay_trades.settle(world, trade)
    return "paid" in trade


def post_of(wallet: str) -> Post:
    """Return how a wallet writes its notices; Unknown for another wallet."""
    if wallet not in POSTS:
        raise Unknown(wallet)
    return POSTS[wallet]


@blueprint.get("/wallets/<wallet>/orders")
def list_orders(wallet: str) -> Answer:
    """List the orders of a wallet as it keeps them."""
    world, _ = here(), post_of(wallet)
    with world.lock:
        return {"orders": list(KEPT[wallet](world).values())}


@blueprint.get("/wallets/<wallet>/notices")
def list_notices(wallet: str) -> Answer:
    """List the notices of a wallet, or of the order in the query's out_trade_no, with each try."""
    world, number = here(), asked.args.get("out_trade_no")
    post_of(wallet)
    with world.lock:
        kept = [one for one in courier.parcels(world).values() if one["wallet"] == wallet]
        return {"notices": [one for one in kept if number in (None, one["number"])]}


@blueprint.get("/wallets/<wallet>/options")
def show_options(wallet: str) -> Answer:
    """Tell how the wallet behaves where the real one's behaviour is uncertain."""
    post_of(wallet)
    world, (_, module) = here(), OPTIONS[wallet]
    return {name: module.option(world, name) for name in module.OPTIONS}


@blueprint.post("/wallets/<wallet>/options")
def set_options(wallet: str) -> Answer:
    """Change some of these."""
    post_of(wallet)
    world, told, (part, module) = here(), body(), OPTIONS[wallet]
    strange = set(told) - set(module.OPTIONS)
    if strange:
        raise Unknown(", ".join(sorted(strange)))
    with world.lock:
        world.part(part).setdefault("options", {}).update(told)
    world.changed(part, "options")
    return show_options(wallet)
