"""Pages of ours are signed for WeChat's JS-SDK; nobody else's are."""

import hashlib
from dataclasses import replace

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.wechat import jssdk
from app.wechat.line import Line
from app.wechat.verdicts import Garbled

from .test_token import together

TICKET = "/cgi-bin/ticket/getticket"
OURS = "https://county.example"


@pytest.fixture
def ticketed(platform, gateway):
    platform.answers[TICKET] = {"errcode": 0, "ticket": "the-ticket", "expires_in": 7200}
    return gateway


def test_the_platforms_own_example_is_signed_as_it_says():
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )
    found = jssdk.sign(
        ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value"
    )

    assert found == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_a_page_is_signed_with_its_query_and_without_its_fragment(ticketed):
    found = jssdk.config(ticketed, OURS, f"{OURS}/h5/places?town=1&words=%E7%A4%BE#near")
    fields = {
        "jsapi_ticket": "the-ticket",
        "noncestr": found.nonce,
        "timestamp": str(found.timestamp),
        "url": f"{OURS}/h5/places?town=1&words=%E7%A4%BE",
    }
    joined = "&".join(f"{key}={fields[key]}" for key in sorted(fields))

    assert found.signature == hashlib.sha1(joined.encode()).hexdigest()
    assert found.appid == "wxoa"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/h5/",
        "http://county.example/h5/",
        "https://county.example:8443/h5/",
        "https://county.example.evil.example/",
        "https://county.example@evil.example/",
        "//county.example/",
        "",
    ],
)
def test_a_foreign_page_is_not_signed(ticketed, url):
    with pytest.raises(jssdk.ForeignPage):
        jssdk.config(ticketed, OURS, url)


def test_the_ticket_is_asked_for_once_and_shared(ticketed, platform):
    for _ in range(3):
        jssdk.config(ticketed, OURS, f"{OURS}/h5/")
    other = replace(ticketed)
    jssdk.config(other, OURS, f"{OURS}/h5/")

    assert platform.asked[TICKET] == 1


def test_without_redis_each_process_fetches_its_own_ticket_once(ticketed, platform):
    with Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)) as nowhere:
        line = Line("wxoa", "oa-secret", platform.url, nowhere)
        gateway = replace(ticketed, oa=line)
        together(8, lambda: jssdk.config(gateway, OURS, f"{OURS}/h5/"))
        jssdk.config(gateway, OURS, f"{OURS}/h5/")

    assert platform.asked[TICKET] == 1


def test_an_answer_without_a_ticket_signs_nothing(ticketed, platform):
    for answer in ({"errcode": 0}, b"\x89PNG"):
        platform.answers[TICKET] = answer
        with pytest.raises(Garbled):
            jssdk.config(ticketed, OURS, f"{OURS}/h5/")
