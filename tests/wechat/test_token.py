"""One token for everybody: fetched once, replaced once, and never in a loop."""

import threading
import time

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.wechat import token
from app.wechat.line import Line
from app.wechat.verdicts import Refused

SAY = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"


def together(count, act):
    threads = [threading.Thread(target=act) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_eight_threads_at_expiry_fetch_one_token(redis):
    fetched, got = [], []

    def fetch():
        fetched.append(1)
        time.sleep(0.2)
        return f"t{len(fetched)}", 7200

    together(8, lambda: got.append(token.get(redis, "wx1", fetch)))

    assert (len(fetched), set(got)) == (1, {"t1"})


def test_a_token_is_kept_until_the_overlap_begins(redis):
    token.get(redis, "wx1", lambda: ("t", 7200))

    assert 6890 < redis.ttl("wechat:token:wx1") <= 6900


def test_a_dying_token_is_kept_a_minute_at_least(redis):
    token.get(redis, "wx1", lambda: ("t", 300))

    assert 0 < redis.ttl("wechat:token:wx1") <= 60


def test_a_token_replaced_meanwhile_is_not_dropped(redis):
    token.get(redis, "wx1", lambda: ("new", 7200))

    token.drop(redis, "wx1", "old")

    assert token.get(redis, "wx1", lambda: ("newer", 7200)) == "new"


def test_without_redis_the_token_is_fetched_each_time():
    nowhere = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))

    token.drop(nowhere, "wx1", "old")

    assert token.get(nowhere, "wx1", lambda: ("t", 7200)) == "t"
    nowhere.close()


def test_a_lock_lost_on_the_way_costs_nothing(redis):
    def fetch():
        redis.delete("wechat:token:wx1:lock")
        return "t", 7200

    assert token.get(redis, "wx1", fetch) == "t"


def test_a_stale_token_is_replaced_and_the_call_repeated_once(platform, gateway):
    def send(params, _body):
        stale = params["access_token"] == "token-1"
        return {"errcode": 42001, "errmsg": "expired"} if stale else {"errcode": 0}

    platform.answers[SAY] = send
    gateway.say("oa", "o1", "好")

    assert (platform.asked[SAY], platform.asked[TOKEN]) == (2, 2)


def test_a_persistent_40001_never_loops(platform, gateway):
    platform.answers[SAY] = {"errcode": 40001, "errmsg": "invalid credential"}
    for _ in range(3):
        before = platform.asked[TOKEN]
        with pytest.raises(Refused) as refused:
            gateway.say("oa", "o1", "好")
        assert platform.asked[TOKEN] - before <= 2

    assert (refused.value.kind, refused.value.retry, platform.asked[SAY]) == ("token", True, 6)


def test_a_token_the_platform_gives_again_is_not_tried_again(platform, gateway):
    platform.answers[TOKEN] = {"access_token": "same", "expires_in": 7200}
    platform.answers[SAY] = {"errcode": 40014}
    with pytest.raises(Refused):
        gateway.say("oa", "o1", "好")

    assert (platform.asked[SAY], platform.asked[TOKEN]) == (1, 2)


def test_a_wrong_secret_is_a_matter_of_configuration(platform, gateway):
    platform.answers[TOKEN] = {"errcode": 40001, "errmsg": "wrong secret"}
    with pytest.raises(Refused) as refused:
        gateway.say("oa", "o1", "好")

    assert (refused.value.kind, platform.asked[TOKEN]) == ("configuration", 1)


def test_the_two_accounts_keep_tokens_of_their_own(platform, gateway):
    platform.answers[SAY] = {"errcode": 0}
    gateway.say("oa", "o1", "好")
    gateway.say("mp", "m1", "好")

    sent = [params["access_token"] for path, params, _ in platform.bodies if path == SAY]
    assert sent == ["token-1", "token-2"]


def test_many_threads_meeting_a_stale_token_replace_it_once(platform, redis):
    line = Line("wx1", "s", platform.url, redis)
    redis.set("wechat:token:wx1", "dead")

    def send(params, _body):
        return {"errcode": 40001} if params["access_token"] == "dead" else {"errcode": 0}

    platform.answers[SAY] = send
    together(8, lambda: line.call(SAY, {}))

    assert platform.asked[TOKEN] == 1
