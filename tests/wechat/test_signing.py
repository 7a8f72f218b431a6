"""A code that comes twice signs in twice, however slow the first exchange is."""

import threading
import time
from contextlib import ExitStack
from functools import partial

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.wechat import oauth, signing
from app.wechat.gateway import Gateway, LoginCodeStale, Visitor
from app.wechat.line import Line

LOGIN = "/sns/jscode2session"
OAUTH = "/sns/oauth2/access_token"
USED = {"errcode": 40163}


class OneUse:
    """An endpoint that takes a code once, answers slowly, and refuses it from then on."""

    def __init__(self, answer, seconds=0.0):
        self.answer, self.seconds, self.taken = answer, seconds, threading.Event()

    def __call__(self, *_):
        if self.taken.is_set():
            return USED
        self.taken.set()
        time.sleep(self.seconds)
        return self.answer


def twice(code, act):
    """What `act` gives to two requests, the second while the first is under way."""
    found = []

    def one():
        try:
            found.append(act())
        except LoginCodeStale as error:
            found.append(error)

    first = threading.Thread(target=one)
    first.start()
    assert code.taken.wait(60)
    one()
    first.join()
    return found


def test_a_code_of_wx_login_that_comes_again_waits_for_a_slow_exchange(platform, gateway):
    slow = OneUse({"openid": "m1", "session_key": "k", "unionid": "u1"}, seconds=1.5)
    platform.answers[LOGIN] = slow

    assert twice(slow, partial(signing.visitor, gateway, "c1")) == [Visitor("m1", "u1")] * 2
    assert platform.asked[LOGIN] == 1


def test_a_return_that_comes_again_waits_until_the_unionid_is_asked_for(platform, gateway):
    platform.answers[OAUTH] = code = OneUse({"access_token": "user", "openid": "o1"})
    platform.answers["/sns/userinfo"] = OneUse({"openid": "o1", "unionid": "u1"}, seconds=1.5)
    session = {}
    oauth.begin(gateway, session, "https://x.cn/")
    state = session["wechat_state"].partition(":")[2]

    both = twice(code, lambda: oauth.finish(gateway, dict(session), "c1", state))
    assert both == [Visitor("o1", "u1")] * 2
    assert platform.asked[OAUTH] == 1


def test_nobody_waits_for_ever(platform, gateway):
    platform.answers[LOGIN] = slow = OneUse({"openid": "m1", "session_key": "k"}, seconds=3.5)
    late, first = twice(slow, partial(signing.visitor, gateway, "c1"))

    assert (type(late), first) == (LoginCodeStale, Visitor("m1", None))


def test_few_web_threads_wait_at_a_time(platform, gateway):
    with ExitStack() as others:
        for _ in range(4):
            others.enter_context(signing._waiting)
        platform.answers[LOGIN] = slow = OneUse({"openid": "m1", "session_key": "k"}, seconds=1)
        late, first = twice(slow, partial(signing.visitor, gateway, "c1"))

    assert (type(late), first) == (LoginCodeStale, Visitor("m1", None))


def test_an_exchange_that_failed_is_made_again_at_once(platform, gateway):
    platform.answers[LOGIN] = USED
    with pytest.raises(LoginCodeStale):
        signing.visitor(gateway, "c1")
    platform.answers[LOGIN] = {"openid": "m1", "session_key": "k"}

    assert signing.visitor(gateway, "c1") == Visitor("m1", None)
    assert signing.visitor(gateway, "c1") == Visitor("m1", None)
    assert platform.asked[LOGIN] == 2


def test_without_redis_a_code_is_still_exchanged(platform):
    platform.answers[LOGIN] = {"openid": "m1", "session_key": "k"}
    with Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)) as nowhere:
        line = Line("wxmp", "mp-secret", platform.url, nowhere)
        assert signing.visitor(Gateway(line, line, "", ""), "c1") == Visitor("m1", None)
