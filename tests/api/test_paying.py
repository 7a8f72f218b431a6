"""Paying a bill: by WeChat Pay in the mini-program, by Alipay through a link for a browser."""

import pytest

from payments import links, refunds
from simulator.wallets import alipay_trades

from .checked import faults, refusal
from .doing import billed, move


def attempts(bill):
    return f"/bills/{bill['number']}/attempts"


def test_the_wallet_opens_with_our_parameters_and_the_money_settles_the_bill(api):
    person, token, bill = billed(api)
    opened = api.post(attempts(bill), token, {"wallet": "wechat"}).json()
    asked = {"person": person["id"], "params": opened["parameters"]}
    assert api.control("POST", "/wallets/wechat/sheet", asked)["amount"] == 4000
    wallet = {"wallet": "wechat", "params": opened["parameters"]}
    paid = api.control("POST", f"/people/{person['id']}/pay", wallet)
    assert paid["notice"]["status"] == 204
    assert api.get(f"/bills/{bill['number']}", token).json()["state"] == "paid"
    assert api.get("/bills", token).json()["bills"] == []
    path = f"/cases/{bill['case']}"
    api.eventually(lambda: api.get(path, token).json()["payment"]["state"] == "paid")


def test_tapping_again_offers_the_same_order(api):
    _, token, bill = billed(api)
    first, second = (
        api.post(attempts(bill), token, {"wallet": "wechat"}).json()["parameters"]["package"]
        for _ in "ab"
    )
    assert first == second


def test_the_same_key_is_given_the_same_answer_and_no_other(api):
    _, token, bill = billed(api)
    first, second = (
        api.post(attempts(bill), token, {"wallet": "wechat"}, key="tap-12345678") for _ in "ab"
    )
    assert (first.status_code, first.json()) == (201, second.json())
    other = api.post(attempts(bill), token, {"wallet": "alipay"}, key="tap-12345678")
    assert refusal(other) == (422, "key_reused")
    bare = api.call("POST", attempts(bill), token, json={"wallet": "wechat"})
    assert faults(bare) == {"Idempotency-Key"}


def test_a_user_of_alipays_mini_program_is_offered_a_trade_of_her_own(api):
    person, token, bill = billed(api)
    wanted = {"wallet": "alipay", "buyer": alipay_trades.user_id(person["id"])}
    opened = api.post(attempts(bill), token, wanted).json()
    assert opened["link"] is None
    trade = {"wallet": "alipay", "trade_no": opened["parameters"]["tradeNO"]}
    api.control("POST", f"/people/{person['id']}/pay", trade)
    refreshed = api.post(f"/bills/{bill['number']}/refresh", token)
    assert refreshed.json()["state"] == "paid"


@pytest.mark.parametrize("wrong", [{"wallet": "wechat", "buyer": "2088" * 4}, {"buyer": "x y"}])
def test_a_buyer_is_named_for_alipay_and_in_its_own_way(api, wrong):
    _, token, bill = billed(api)
    refused = api.post(attempts(bill), token, {"wallet": "alipay"} | wrong)
    assert faults(refused) == {"buyer"}


def test_money_that_goes_back_is_shown_to_whom_it_belongs(api):
    person, token, bill = billed(api)
    opened = api.post(attempts(bill), token, {"wallet": "wechat"}).json()
    wallet = {"wallet": "wechat", "params": opened["parameters"]}
    api.control("POST", f"/people/{person['id']}/pay", wallet)
    number = bill["number"].replace("-", "")
    refunds.owe(api.db, number, "case_ended")
    path = f"/bills/{bill['number']}"
    (back,) = api.get(path, token).json()["refunds"]
    assert (back["amount"], back["reason"][:2]) == (4000, "办件")
    api.eventually(lambda: api.get(path, token).json()["refunds"][0]["state"] == "done")
    api.eventually(lambda: "退款已到账" in api.get("/messages", token).text)


def test_a_paid_bill_is_not_paid_again(api):
    person, token, bill = billed(api)
    opened = api.post(attempts(bill), token, {"wallet": "wechat"}).json()
    wallet = {"wallet": "wechat", "params": opened["parameters"]}
    api.control("POST", f"/people/{person['id']}/pay", wallet)
    again = api.post(attempts(bill), token, {"wallet": "wechat"})
    assert refusal(again) == (409, "bill_already_paid")


def test_a_lost_notice_is_made_good_by_asking(api):
    person, token, bill = billed(api)
    opened = api.post(attempts(bill), token, {"wallet": "wechat"}).json()
    fault = {"endpoint": "wechat.notice", "kind": "drop", "times": 99}
    prepay = opened["parameters"]["package"]
    api.control("POST", "/faults", fault)
    api.control("POST", f"/people/{person['id']}/pay", {"wallet": "wechat", "prepay_id": prepay})
    assert api.post(f"/bills/{bill['number']}/refresh", token).json()["state"] == "paid"
    api.control("DELETE", "/faults")


@pytest.mark.parametrize("wallet", ["alipay", "unionpay"])
def test_other_wallets_are_a_link_for_a_browser_that_shows_this_bill_only(api, wallet):
    _, token, bill = billed(api)
    opened = api.post(attempts(bill), token, {"wallet": wallet}).json()
    assert (opened["wallet"], opened["parameters"]) == (wallet, None)
    prefix = f"{api.web}/h5/pay/"
    assert opened["link"].startswith(prefix)
    secret = api.runtime.settings.secret_key
    number = links.read(secret, opened["link"].removeprefix(prefix))
    assert number == bill["number"].replace("-", "")


def test_a_withdrawn_case_cancels_its_bill(api):
    _, token, bill = billed(api)
    api.post(f"/cases/{bill['case']}/withdraw", token)
    assert api.get(f"/cases/{bill['case']}", token).json()["payment"]["state"] == "none"
    path = f"/bills/{bill['number']}"
    api.eventually(lambda: api.get(path, token).json()["state"] == "cancelled")
    for wallet in ("wechat", "alipay"):
        answer = api.post(attempts(bill), token, {"wallet": wallet})
        assert refusal(answer) == (409, "bill_cancelled")


def test_a_case_waits_for_its_money(api):
    _, token, bill = billed(api)
    told = api.get(f"/cases/{bill['case']}", token).json()
    assert told["payment"] == {"state": "due", "amount": 4000, "bill": bill["number"]}
    with pytest.raises(Exception, match="payment_due"):
        move(api, {"number": bill["case"]}, "approve")


def test_money_for_a_case_that_is_taken_back_goes_back_by_itself(api):
    person, token, bill = billed(api)
    opened = api.post(attempts(bill), token, {"wallet": "wechat"}).json()
    wallet = {"wallet": "wechat", "params": opened["parameters"]}
    api.control("POST", f"/people/{person['id']}/pay", wallet)
    path = f"/cases/{bill['case']}"
    api.eventually(lambda: api.get(path, token).json()["payment"]["state"] == "paid")
    api.post(f"{path}/withdraw", token)
    path = f"/bills/{bill['number']}"
    api.eventually(lambda: api.get(path, token).json()["refunds"])


def test_an_unknown_wallet_is_refused(api):
    _, token, bill = billed(api)
    answer = api.post(attempts(bill), token, {"wallet": "cash"})
    assert faults(answer) == {"wallet"}


def test_anybody_elses_bill_does_not_exist(api):
    _, _, bill = billed(api)
    _, stranger = api.citizen()
    path = f"/bills/{bill['number']}"
    assert refusal(api.get(path, stranger)) == (404, "no_such_bill")
    answer = api.post(f"{path}/attempts", stranger, {"wallet": "wechat"})
    assert refusal(answer) == (404, "no_such_bill")
    assert refusal(api.post(f"{path}/refresh", stranger)) == (404, "no_such_bill")
