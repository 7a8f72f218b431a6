"""WeChat Pay tells of payments truly, stubbornly, and falsely when a test wants it."""

import pytest
from cryptography.exceptions import InvalidSignature

from simulator.wallets import courier
from simulator.wallets.wechat_notices import POST

from .conftest import running

NUMBER = "BS20261121000001"


@pytest.fixture
def paid(town, wang):
    """Pay with whatever replies and faults were ordered before."""
    prepay_id = town.wechat.prepay(wang)
    return lambda: town.control.post(f"/people/{wang['id']}/pay", prepay_id=prepay_id)[1]


def bring(town, kind):
    return town.control.post("/wallets/wechat/notify", out_trade_no=NUMBER, kind=kind)


def notices(town):
    return town.control.get(f"/wallets/wechat/notices?out_trade_no={NUMBER}")["notices"]


def test_a_notice_is_sealed_and_signed(town, wang, paid):
    transaction = paid()["transaction"]
    kind, fact = town.wechat.opened(town.ears.heard[0])
    assert (kind, fact["transaction_id"]) == ("TRANSACTION.SUCCESS", transaction)
    assert fact == town.wechat.state()
    assert notices(town)[0]["state"] == "taken"


def test_a_refused_notice_comes_again_by_the_schedule(town, paid):
    town.ears.replies = [(500, ""), (401, "x"), (302, "")]
    paid()
    (notice,) = notices(town)
    began = notice["at"]
    for wait, count in ((15, 2), (15, 3), (30, 4)):
        (notice,) = notices(town)
        assert began + wait <= notice["due"] <= notice["story"][-1]["at"] + wait
        began = notice["due"]
        town.control.advance(wait)
        assert town.ears.wait(count) == count
        town.control.settle()
    assert notices(town)[0]["state"] == "taken"
    ids = {body[:50] for _, body, _ in town.ears.heard}
    assert len(ids) == 1
    for notice in town.ears.heard:
        town.wechat.opened(notice)


def test_the_status_decides_not_the_body(town, paid):
    town.ears.replies = [(200, '{"code":"FAIL"}')]
    paid()
    assert notices(town)[0]["state"] == "taken"


def test_a_try_that_was_made_is_not_made_again(town, paid):
    paid()
    assert courier.deliver(town.world, POST, notices(town)[0]["id"], 0) is None
    assert len(town.ears.heard) == 1


def test_fifteen_retries_and_no_more(town, paid):
    town.ears.replies = [(500, "")] * 20
    paid()
    for count in range(2, 18):
        town.control.advance(21601)
        town.ears.wait(min(count, 16))
    assert len(town.ears.heard) == 16
    town.control.settle()
    assert notices(town)[0]["state"] == "given_up"


def test_a_retry_may_be_chosen_to_bear_the_old_timestamp(town, paid):
    town.control.post("/wallets/wechat/options", resign=False)
    town.ears.replies = [(500, "")]
    paid()
    town.control.advance(16)
    assert town.ears.wait(2) == 2
    first, second = (headers["Wechatpay-Timestamp"] for headers, _, _ in town.ears.heard)
    assert abs(int(first) - int(second)) <= 1


def test_a_dropped_notice_comes_later(town, paid):
    town.control.fault("notify/wechat", "drop")
    assert paid()["notice"]["status"] is None
    assert not town.ears.heard
    town.control.advance(16)
    assert town.ears.wait(1) == 1


def test_a_delayed_notice_comes_when_its_time_has_come(town, paid):
    town.control.fault("notify/wechat", "delay", seconds=100)
    assert paid()["notice"] is None
    town.control.advance(101)
    assert town.ears.wait(1) == 1


def test_a_doubled_notice_comes_twice(town, paid):
    town.control.fault("notify/wechat", "duplicate")
    paid()
    assert town.ears.wait(2) == 2


def test_a_reordered_notice_comes_after_the_next_one(town, wang, paid):
    town.control.fault("notify/wechat", "reorder")
    paid()
    other = town.wechat.prepay(wang, out_trade_no="BS20261121000009")
    town.control.post(f"/people/{wang['id']}/pay", prepay_id=other)
    assert town.ears.wait(2) == 2
    told = [town.wechat.opened(notice)[1]["out_trade_no"] for notice in town.ears.heard]
    assert told == ["BS20261121000009", NUMBER]


def test_a_fault_may_twist_the_first_notice_and_truth_follows(town, paid):
    town.control.fault("notify/wechat", "short")
    town.ears.replies = [(400, "")]
    paid()
    town.control.advance(16)
    assert town.ears.wait(2) == 2
    sums = [town.wechat.opened(one)[1]["amount"]["total"] for one in town.ears.heard]
    assert sums == [7999, 8000]


def test_a_forged_notice_bears_a_stranger_s_signature(town, paid):
    paid()
    assert bring(town, "forged")[1]["status"] == 200
    with pytest.raises(InvalidSignature):
        town.wechat.opened(town.ears.heard[-1])


def test_a_probe_of_wechat_s_own_says_so_in_its_signature(town, paid):
    paid()
    bring(town, "probe")
    assert town.ears.heard[-1][0]["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")


@pytest.mark.parametrize("kind", ["short", "other_payer", "other_merchant", "other_order"])
def test_an_untrue_notice_about_an_unpaid_order_is_well_signed(town, paid, kind):
    town.ears.replies = [(403, "no")]
    told = bring(town, kind)[1]
    assert (told["status"], told["body"]) == (403, "no")
    _, fact = town.wechat.opened(town.ears.heard[0])
    assert fact["trade_state"] == "SUCCESS"
    assert town.wechat.state()["trade_state"] == "NOTPAY"


def test_another_payer_is_somebody_of_the_same_account(town, wang, paid):
    liu = town.control.person()
    bring(town, "other_payer")
    assert town.wechat.opened(town.ears.heard[0])[1]["payer"] == {"openid": liu["oa_openid"]}


def test_a_stale_notice_is_an_hour_old(town, paid):
    paid()
    bring(town, "stale")
    stamp = int(town.ears.heard[1][0]["Wechatpay-Timestamp"])
    assert 3590 < town.world.clock.seconds() - stamp < 3660


def test_the_same_notice_comes_again_on_demand(town, paid):
    assert bring(town, "again")[0] == 409
    paid()
    assert bring(town, "again")[1] == {"status": 200, "body": "", "ok": True}
    first, second = (town.wechat.opened(one) for one in town.ears.heard)
    assert first == second


def test_a_late_payment_is_told_although_the_order_was_closed(town, paid):
    close = f"/v3/pay/transactions/out-trade-no/{NUMBER}/close"
    town.wechat.ask("POST", close, {"mchid": "1900000109"})
    assert bring(town, "late")[1]["status"] == 200
    assert town.wechat.state()["trade_state"] == "SUCCESS"


def test_what_cannot_be_brought_is_said(town):
    assert bring(town, "nonsense")[0] == 404
    assert bring(town, "again")[0] == 404
    assert town.control.post("/wallets/paypal/notify", out_trade_no="1")[0] == 404
    assert town.control.post("/wallets/wechat/notify")[0] == 400
    assert town.control.post("/wallets/wechat/options", nonsense=1)[0] == 404


def test_a_notice_outlives_a_restart(tmp_path):
    with running(str(tmp_path)) as town:
        wang = town.control.person()
        town.control.fault("notify/wechat", "drop")
        town.control.post(f"/people/{wang['id']}/pay", prepay_id=town.wechat.prepay(wang))
        url = town.ears_url
        kept = town.world.part("wechat_pay")["orders"][NUMBER]
        assert kept["notify_url"].startswith(url)
    with running(str(tmp_path)) as town:
        order = town.world.part("wechat_pay")["orders"][NUMBER]
        order["notify_url"] = town.ears_url + "/notices/wechat-pay"
        town.control.advance(16)
        assert town.ears.wait(1) == 1


def test_a_service_that_is_away_is_tried_again(town, wang):
    prepay_id = town.wechat.prepay(wang, notify_url="http://127.0.0.1:9/notices/wechat-pay")
    told = town.control.post(f"/people/{wang['id']}/pay", prepay_id=prepay_id)[1]
    assert told["notice"] == {"status": None, "body": ""}
    assert notices(town)[0]["state"] == "waiting"
    crossings = town.control.get("/log")["lines"]
    assert any(one["way"] == "out" and one["status"] is None for one in crossings)
