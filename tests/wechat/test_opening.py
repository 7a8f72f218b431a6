"""The mini-program is opened from outside: by codes whose bytes decide, by links asked for once."""

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app import scenes as codes
from app.wechat import opening
from app.wechat.gateway import Gateway
from app.wechat.line import Line
from app.wechat.verdicts import Garbled, Refused
from people import scenes

CODE, LINK = "/wxa/getwxacodeunlimit", "/wxa/generate_urllink"
PAGE = "pages/bill/bill?number=1"
JPEG, PNG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def sent(platform, path):
    return [body for asked, _, body in platform.bodies if asked == path]


def test_a_code_names_its_scene_and_its_page(platform, gateway):
    platform.answers[CODE] = PNG

    assert gateway.mini_code("c-1", "pages/scene/scene") == PNG
    asked = {"scene": "c-1", "page": "pages/scene/scene", "width": 1280}
    assert sent(platform, CODE) == [asked]


@pytest.mark.parametrize(
    ("answer", "error"), [({"errcode": 41030}, Refused), ({"errcode": 0}, Garbled)]
)
def test_json_is_no_code_though_its_status_is_200(platform, gateway, answer, error):
    platform.answers[CODE] = answer
    with pytest.raises(error):
        gateway.mini_code("c-1", "pages/scene/scene")


def test_a_stale_token_is_replaced_before_a_code_is_drawn(platform, gateway):
    answers = iter([{"errcode": 40001}, PNG])
    platform.answers[CODE] = lambda *_: next(answers)

    assert gateway.mini_code("c-1", "pages/scene/scene") == PNG


@pytest.mark.parametrize(("picture", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_the_bytes_of_a_code_say_its_type(platform, runtime, db, picture, kind):
    platform.answers[CODE] = picture
    scene = scenes.put(db, scenes.COUNTER, "hall", "大厅")

    assert codes.mini(runtime, scene).startswith(f"data:{kind};base64,")
    assert sent(platform, CODE)[0]["scene"] == scene.key


def test_bytes_that_are_no_picture_are_no_code(platform, runtime, db):
    platform.answers[CODE] = b"\x89PNG, or so it says"
    with pytest.raises(Garbled):
        codes.mini(runtime, scenes.put(db, scenes.COUNTER, "hall", "大厅"))


def test_a_link_is_asked_for_once_per_page_and_kept_for_less_than_it_lives(
    platform, gateway, redis
):
    platform.answers[LINK] = lambda _, told: {"url_link": f"https://wxaurl.cn/{told['query']}"}

    assert opening.offered(gateway, PAGE)
    assert {opening.link(gateway, PAGE) for _ in "ab"} == {"https://wxaurl.cn/number=1"}
    assert opening.link(gateway, PAGE + "2") == "https://wxaurl.cn/number=12"
    assert opening.offered(gateway, PAGE)
    assert len(sent(platform, LINK)) == 2
    where = {"path": "pages/bill/bill", "query": "number=1"}
    assert sent(platform, LINK)[0] == where | {"expire_type": 1, "expire_interval": 1}
    (kept, _) = redis.keys("wechat:link:*")
    assert 0 < redis.ttl(kept) <= 23 * 3600


@pytest.mark.parametrize("answer", [{"errcode": 85079}, {"errcode": 0}, (502, b"busy")])
def test_a_refused_link_is_not_offered_for_a_while(platform, gateway, redis, answer):
    platform.answers[LINK] = answer

    assert [opening.link(gateway, PAGE) for _ in "ab"] == ["", ""]
    assert not opening.offered(gateway, PAGE)
    assert len(sent(platform, LINK)) == 1
    (kept,) = redis.keys("wechat:link:*")
    assert 0 < redis.ttl(kept) <= 600


def test_without_redis_there_is_no_link_and_none_is_asked_for(platform):
    away = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    mp = Line("wxmp", "mp-secret", platform.url, away)
    gateway = Gateway(mp, mp, "https://open.weixin.qq.com", "https://mp.weixin.qq.com")

    assert not opening.offered(gateway, PAGE)
    assert opening.link(gateway, PAGE) == ""
    assert sent(platform, LINK) == []
    away.close()


def test_a_link_that_could_not_be_kept_is_given_all_the_same(platform, gateway, redis):
    def last(*_):
        gateway.mp.valves.shelf._back = float("inf")
        return {"url_link": "https://wxaurl.cn/a"}

    platform.answers[LINK] = last

    assert opening.link(gateway, PAGE) == "https://wxaurl.cn/a"
    assert redis.keys("wechat:link:*") == []
