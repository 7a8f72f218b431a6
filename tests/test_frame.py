"""What surrounds the views: failures, proxies, doorbells, clocks, and a county without wallets."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.middleware.proxy_fix import ProxyFix

from app import clockwork, create_app, errors, indexes, jobs, runtime
from app.keeper import EVERYWHERE, RUNG
from base import clock, outbox, texts
from base.errors import Unreachable
from config.settings import Settings
from tests import keeping
from tests.journey.platform import eventually

OPTIONAL = ("WECHAT_PAY_", "ALIPAY_", "UNIONPAY_", "TENCENT_")
ADDRESSES = ("WECHAT_PAY_API_URL", "ALIPAY_GATEWAY_URL", "UNIONPAY_API_URL", "UNIONPAY_FILE_URL")


@pytest.fixture
def built(alone):
    """Build a runtime with other settings than the others have."""
    made = []

    def build(**other):
        here = runtime.build(Settings.from_env(alone.environment | other))
        clock.stand_alone()
        made.append(here)
        return here

    yield build
    for each in made:
        each.close()


def test_forwarded_headers_are_believed_only_behind_a_proxy(built):
    assert not isinstance(create_app(built()).wsgi_app, ProxyFix)
    behind = create_app(built(TRUSTED_PROXIES="1")).wsgi_app
    assert (behind.x_for, behind.x_proto, behind.x_host) == (1, 1, 1)


def test_a_county_without_wallets_and_identity_check_still_serves(built):
    poor = {
        name: "" for name in settings_names() if name.startswith(OPTIONAL) and name not in ADDRESSES
    }
    here = built(**poor)
    assert dict(here.wallets) == {}
    with pytest.raises(Unreachable) as away:
        here.identity("张三", "11010519491231002X")
    assert away.value.retry is False
    client = create_app(here).test_client()
    assert client.get("/readyz").status_code == 200
    answer = client.post("/notices/wechat-pay", data=b"{}")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "no_such_wallet")


def settings_names():
    return [name.upper() for name in Settings.__dataclass_fields__]


def test_waiting_is_only_suggested_where_it_helps(alone):
    with alone.app.test_request_context("/api/v1/me"):
        assert "Retry-After" not in errors._unreachable(Unreachable("x", retry=False)).headers
        assert "Retry-After" in errors._unreachable(Unreachable("x")).headers


def test_a_form_that_waited_too_long_is_a_page_that_says_so(alone):
    answer = alone.client().post("/console/sign-in", data={"username": "x"})
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "刷新" in answer.text


def test_what_a_store_refuses_is_a_bug(alone):
    with alone.app.test_request_context("/api/v1/me"):
        assert errors._store(errors.PyMongoError("no")).status_code == 500
        assert errors._store(errors.ConnectionFailure("no")).status_code == 503
        assert errors._queue(redis.ConnectionError("no")).status_code == 503


def owe(alone, *promises):
    """A document that carries these promises; gone when the test is over."""
    row = {"_id": "frame"} | outbox.pledged(*promises)
    alone.db["ratings"].replace_one({"_id": "frame"}, row, upsert=True)
    keeping.once(alone.runtime)
    left = alone.db["ratings"].find_one({"_id": "frame"})
    alone.db["ratings"].delete_one({"_id": "frame"})
    return {each["effect"]: each.get("error") for each in left["outbox"].values()}


def test_whatever_goes_wrong_with_a_promise_it_stays_and_the_others_are_kept(alone):
    left = owe(
        alone,
        outbox.promise("ticket.opened", number="nothing"),
        outbox.promise("follower.link", openid="nobody"),
        outbox.promise("bill.issued", nonsense=1),
        outbox.promise("ticket.urgent", number="1"),
        outbox.promise("ticket.rated", after=timedelta(hours=1), number="1"),
    )
    assert left.pop("follower.link").startswith("wechat")
    assert left == {
        "ticket.opened": "no_such_ticket",
        "bill.issued": "KeyError",
        "ticket.rated": None,
    }


def test_a_bell_that_cannot_be_rung_costs_nothing(tmp_path):
    retry = Retry(NoBackoff(), 1)
    with redis.Redis(port=9, retry=retry) as nobody:
        jobs.ring(nobody)


def test_a_bell_is_not_rung_over_and_over(alone):
    queue = jobs.bell(alone.runtime.redis)
    for _ in range(10):
        jobs.ring(alone.runtime.redis)
    assert 0 < queue.count <= 5
    queue.empty()


def ringers():
    return {each for each in threading.enumerate() if each.name == "bell"}


def test_a_request_that_promises_rings_and_one_that_does_not_is_quiet(alone, redis):
    client = create_app(replace(alone.runtime, redis=redis)).test_client()
    before = ringers()
    client.get("/api/v1/themes")
    assert ringers() <= before
    body = {"kind": "consultation", "text": "几点下班？"}
    who = alone.bearer("bell") | {"Idempotency-Key": "frame-12345678"}
    assert client.post("/api/v1/tickets", json=body, headers=who).status_code == 201
    eventually(lambda: jobs.bell(redis).count == 1)
    assert redis.hgetall(RUNG) == {EVERYWHERE.encode(): b"1"}


def test_a_clock_waits_for_a_store_and_queue_that_are_away(built):
    here, stop = built(REDIS_URL="redis://127.0.0.1:9/0"), threading.Event()
    ticking = threading.Thread(target=clockwork.run, args=(here, stop))
    ticking.start()
    ticking.join(1.3)
    assert ticking.is_alive()
    stop.set()
    ticking.join(60)
    assert not ticking.is_alive()


def test_of_two_clocks_one_acts(alone):
    wake = clockwork.Wake("frame", 60, lambda _: None)
    assert [clockwork._turn(alone.runtime, wake) for _ in "ab"] == [True, False]
    alone.runtime.redis.delete("clock:frame")


def test_every_wake_of_the_schedule_does_its_work(alone):
    for wake in clockwork.SCHEDULE:
        wake.act(alone.runtime)


def test_every_effect_and_every_collection_has_its_place_and_its_words(alone):
    assert set(jobs.COLLECTIONS) <= {index.collection for index in indexes.ALL}
    assert all(callable(effect) for effect in jobs.EFFECTS.values())
    assert set(jobs.COLLECTIONS) == set(texts.table("console.collections"))
    assert set(jobs.EFFECTS) == set(texts.table("console.effects"))
