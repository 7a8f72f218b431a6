"""One token for everybody: fetched once, replaced once, and never in a loop."""

import threading
import time

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.wechat.line import Line
from app.wechat.shelf import Shelf
from app.wechat.token import Purse
from app.wechat.verdicts import Held, Refused
from base import clock
from base.errors import Unreachable
from tests.journey.platform import eventually

SAY = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"


def together(count, act):
    threads = [threading.Thread(target=act) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def purse(redis, fetch=lambda: ("t", 7200)):
    return Purse(Shelf(redis), "wx1", fetch)


@pytest.fixture
def nowhere():
    client = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    yield client
    client.close()


class Turnstile:
    """A lock that knows how many have come to it."""

    def __init__(self):
        self.came, self._counts, self._lock = 0, threading.Lock(), threading.Lock()

    def __enter__(self):
        with self._counts:
            self.came += 1
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()


class Slow:
    """A platform that takes its time, and counts."""

    def __init__(self, error=None):
        self.asked, self.error = 0, error

    def __call__(self):
        self.asked += 1
        time.sleep(0.2)
        if self.error:
            raise self.error
        return f"t{self.asked}", 7200


def test_threads_of_two_processes_at_expiry_fetch_one_token(redis):
    fetch, got = Slow(), []
    mine, theirs = purse(redis, fetch), purse(redis, fetch)

    together(16, lambda: got.append((mine if len(got) % 2 else theirs).token()))

    assert (fetch.asked, set(got)) == (1, {"t1"})


def test_a_process_asks_redis_once_a_minute(redis):
    mine = purse(redis)
    mine.token()
    redis.flushdb()

    assert mine.token() == "t"
    assert redis.dbsize() == 0


def test_a_token_is_fresh_until_the_overlap_begins(redis):
    purse(redis).token()

    assert 6890 < redis.ttl("wechat:token:wx1:fresh") <= 6900
    assert 7190 < redis.ttl("wechat:token:wx1") <= 7200


def test_a_dying_token_is_kept_a_minute_at_least(redis):
    purse(redis, lambda: ("t", 300)).token()

    assert 50 < redis.ttl("wechat:token:wx1:fresh") <= 60


def test_in_the_overlap_one_fetches_and_the_old_token_serves_the_others(redis):
    redis.set("wechat:token:wx1", "old", ex=200)
    got = []

    def fetch():
        eventually(lambda: len(got) == 7)
        return "new", 7200

    threads = iter([purse(redis, fetch) for _ in range(8)])
    together(8, lambda: got.append(next(threads).token()))

    assert got == ["old"] * 7 + ["new"]


def test_the_old_token_serves_while_no_new_one_can_be_had(redis):
    redis.set("wechat:token:wx1", "old", ex=200)

    assert purse(redis, Slow(Unreachable("wechat"))).token() == "old"


def test_threads_that_wait_for_one_fetch_share_its_failure(redis):
    fetch, errors = Slow(Unreachable("wechat")), []
    mine = purse(redis, lambda: eventually(lambda: mine._turn.came == 8) and fetch())
    mine._turn = Turnstile()

    def one():
        with pytest.raises(Unreachable) as error:
            mine.token()
        errors.append(error.value)

    together(8, one)

    assert (fetch.asked, len(errors)) == (1, 8)


def test_a_token_replaced_meanwhile_is_not_dropped(redis):
    mine = purse(redis, lambda: ("new", 7200))
    mine.token()
    mine.drop("old")

    assert mine.token() == "new"
    assert redis.get("wechat:token:wx1") == b"new"


def test_without_redis_each_process_fetches_its_own_token_once(nowhere):
    fetch = Slow()
    mine = purse(nowhere, fetch)
    together(8, mine.token)
    assert fetch.asked == 1

    mine.drop("t1")
    assert mine.token() == "t2"


def test_a_lock_lost_on_the_way_costs_nothing(redis):
    def fetch():
        redis.delete("wechat:token:wx1:lock")
        return "t", 7200

    assert purse(redis, fetch).token() == "t"


def test_a_stale_token_is_replaced_and_the_call_repeated_once(platform, gateway):
    def send(params, _body):
        stale = params["access_token"] == "token-1"
        return {"errcode": 42001, "errmsg": "expired"} if stale else {"errcode": 0}

    platform.answers[SAY] = send
    gateway.say("oa", "o1", "好")

    assert (platform.asked[SAY], platform.asked[TOKEN]) == (2, 2)


def test_after_a_persistent_40001_nobody_asks_any_more(platform, gateway):
    platform.answers[SAY] = {"errcode": 40001, "errmsg": "invalid credential"}
    with pytest.raises(Refused) as refused:
        gateway.say("oa", "o1", "好")
    with pytest.raises(Held):
        gateway.say("oa", "o1", "好")

    assert (refused.value.kind, refused.value.retry) == ("token", True)
    assert (platform.asked[SAY], platform.asked[TOKEN]) == (2, 2)
    assert 25 < (refused.value.until - clock.now()).total_seconds() <= 40


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
    for key in ("wechat:token:wx1", "wechat:token:wx1:fresh"):
        redis.set(key, "dead")

    def send(params, _body):
        return {"errcode": 40001} if params["access_token"] == "dead" else {"errcode": 0}

    platform.answers[SAY] = send
    together(8, lambda: line.call(SAY, {}))

    assert platform.asked[TOKEN] == 1
