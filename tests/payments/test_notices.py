"""The door for notices: each wallet reads from our answer what it needs, and nothing more."""

import pytest
import requests
from flask import Flask

from base import alarms
from payments import bills, quarantine, repaying
from payments.attempts import Opened

from . import desk, refunding
from .closing import at
from .conftest import Place
from .test_wechat_wallet import PAID, WeChat
from .town import BILL, Pems, Town

PATHS = {
    "wechat": "/notices/wechat-pay",
    "alipay": "/notices/alipay",
    "unionpay": "/notices/unionpay",
}
YES = {"wechat": (204, ""), "alipay": (200, "success"), "unionpay": (200, "ok")}


@pytest.mark.parametrize("wallet", PATHS)
def test_a_payment_is_settled_by_its_notice_and_acknowledged(open_door: Town, wallet: str) -> None:
    answer = open_door.pay(open_door.open(wallet))["notice"]
    assert (answer["status"], answer["body"]) == YES[wallet]
    assert open_door.bill().state == "paid"


@pytest.mark.parametrize("wallet", PATHS)
def test_a_repeated_notice_is_acknowledged_and_changes_nothing(
    open_door: Town, wallet: str
) -> None:
    opened = open_door.open(wallet)
    open_door.pay(opened)
    before = open_door.bill()
    answer = open_door.bring(opened, "again")
    assert (answer["status"], answer["body"]) == YES[wallet]
    assert open_door.bill() == before


@pytest.mark.parametrize(
    ("wallet", "kind", "reason"),
    [
        ("wechat", "short", "amount"),
        ("wechat", "other_merchant", "merchant"),
        ("wechat", "other_payer", "payer"),
        ("alipay", "short", "amount"),
        ("alipay", "other_merchant", "merchant"),
        ("unionpay", "short", "amount"),
        ("unionpay", "other_merchant", "merchant"),
    ],
)
def test_a_notice_that_does_not_fit_is_kept_and_not_acknowledged(
    open_door: Town, wallet: str, kind: str, reason: str
) -> None:
    opened = open_door.open(wallet)
    waiting(open_door, opened)
    answer = open_door.bring(opened, kind)
    assert answer["status"] == 422
    assert '"code":"FAIL"' in answer["body"]
    assert open_door.bill().state == "open"
    assert [item.reason for item in quarantine.list(open_door.db)] == [reason]


@pytest.mark.parametrize(
    ("wallet", "kind"),
    [
        ("wechat", "forged"),
        ("wechat", "stale"),
        ("alipay", "forged"),
        ("unionpay", "forged"),
        ("unionpay", "probe"),
    ],
)
def test_a_forged_or_stale_notice_changes_nothing_at_all(
    open_door: Town, wallet: str, kind: str
) -> None:
    at(open_door, 12)
    opened = open_door.open(wallet)
    waiting(open_door, opened)
    before = open_door.bill()
    answer = open_door.bring(opened, kind)
    assert answer["status"] == 401
    assert answer["body"] != "success"
    assert open_door.bill() == before
    assert bills.facts(open_door.db, BILL) == []
    open_door.bring(opened, kind)
    (item,) = quarantine.list(open_door.db)
    assert (item.reason, item.seen) == ("unproved", 2)
    assert [each["kind"] for each in alarms.standing(open_door.db)] == ["notice_unproved"]


@pytest.mark.parametrize("wallet", PATHS)
def test_a_notice_about_an_unknown_order_is_kept_then_acknowledged(
    open_door: Town, wallet: str
) -> None:
    opened = open_door.open(wallet)
    waiting(open_door, opened)
    answer = open_door.bring(opened, "other_order")
    assert (answer["status"], answer["body"]) == YES[wallet]
    assert [item.reason for item in quarantine.list(open_door.db)] == ["order"]


@pytest.mark.parametrize("wallet", ["wechat", "alipay"])
def test_a_payment_after_closing_settles_an_open_bill(open_door: Town, wallet: str) -> None:
    opened = open_door.open(wallet)
    waiting(open_door, opened)
    open_door.wallets[wallet].close(opened.attempt)
    bills.ask(open_door.db, open_door.wallets, BILL, opened.attempt)
    assert open_door.state(opened) == "closed"
    open_door.bring(opened, "late")
    assert (open_door.bill().state, open_door.state(opened)) == ("paid", "paid")


def test_a_probe_of_wechat_is_refused(open_door: Town, place: Place, pems: Pems) -> None:
    wechat = WeChat(pems.wechat)
    body = wechat.body(PAID)
    headers = wechat.headers(body, signature="WECHATPAY/SIGNTEST/x")
    assert post(place, "wechat", body, headers).status_code == 401


@pytest.mark.parametrize("wallet", PATHS)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"a=1", b"<x/>", b"[" * 60_000])
def test_rubbish_is_refused_in_the_providers_shape(
    open_door: Town, place: Place, wallet: str, body: bytes
) -> None:
    answer = post(place, wallet, body)
    assert answer.status_code == 401
    assert answer.json()["code"] == "FAIL"


@pytest.mark.parametrize("wallet", PATHS)
def test_a_body_beyond_64_kilobytes_is_not_read(open_door: Town, place: Place, wallet: str) -> None:
    answer = post(place, wallet, b"x" * (64 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["code"] == "FAIL"


def test_a_wallet_we_do_not_have_has_no_door(open_door: Town, place: Place, door: Flask) -> None:
    desk.serve_from(door, open_door.db, {})
    assert post(place, "alipay", b"").status_code == 404


def waiting(town: Town, opened: Opened) -> None:
    """Have the wallet know the trade, which two do once the payer has come to their page."""
    path = f"people/{town.alice['id']}/pay"
    told = {"wallet": opened.wallet, "outcome": "wait"}
    if opened.wallet == "alipay":
        town.control(path, url=opened.parameters["url"], **told)
    if opened.wallet == "unionpay":
        town.control(path, params=dict(opened.parameters), **told)


def post(
    place: Place, wallet: str, body: bytes, headers: dict[str, str] | None = None
) -> requests.Response:
    url = f"http://127.0.0.1:{place.our_port}{PATHS[wallet]}"
    return requests.post(url, data=body, headers=headers, timeout=60)


def test_alipays_word_of_a_refund_under_way_proves_nothing(open_door: Town) -> None:
    opened = refunding.paid(open_door, "alipay")
    refund = refunding.approved(open_door)
    open_door.fault("alipay.trade.refund", "error_after")
    repaying.go(open_door.db, open_door.wallets, BILL, refund.number)
    assert refunding.state(open_door, refund) == "unsure"
    answer = open_door.bring(opened, "refund")
    assert (answer["status"], answer["body"]) == YES["alipay"]
    assert refunding.state(open_door, refund) == "unsure"
    assert open_door.keep().count("refund.go") >= 2
    assert refunding.state(open_door, refund) == "succeeded"


def test_wechats_word_of_a_refund_settles_it_however_often_it_comes(open_door: Town) -> None:
    opened = refunding.paid(open_door)
    refund = refunding.approved(open_door)
    repaying.go(open_door.db, open_door.wallets, BILL, refund.number)
    open_door.advance(seconds=6)
    for _ in "ab":
        answer = open_door.bring(opened, "refund")
        assert answer["status"] == 204
        assert refunding.state(open_door, refund) == "succeeded"
    assert refunding.sums(open_door)["returned"] == -8000
