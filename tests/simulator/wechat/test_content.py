"""Content security: texts at once, files later, and only for who is there."""

import pytest

TEXT, MEDIA = "/wxa/msg_sec_check", "/wxa/media_check_async"


def check(town, person, content, **more):
    told = {"version": 2, "scene": 2, "openid": person["mp_openid"], "content": content}
    return town.call("mp", TEXT, told | more)


@pytest.fixture
def visitor(town, follower):
    town.act(follower, "open")
    return follower


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [
        ("请问社保怎么办理", "pass", 100),
        ("请转到安全账户转账", "risky", 20008),
        ("这里有假公章", "risky", 20006),
        ("窗口不作为", "review", 20003),
    ],
)
def test_a_text_is_judged_by_its_words(town, visitor, content, suggest, label):
    told = check(town, visitor, content)
    assert told["result"] == {"suggest": suggest, "label": label}
    assert told["detail"][0]["strategy"] == "content_model"
    assert ("keyword" in told["detail"][-1]) == (suggest != "pass")
    assert len(told["trace_id"]) == 32


def test_the_words_are_told(town):
    assert "假公章" in town.get("/control/v1/wechat/words")["labels"]["20006"]


def test_who_has_not_opened_the_program_lately_cannot_be_checked(town, follower):
    assert check(town, follower, "你好")["errcode"] == 61010
    town.act(follower, "login-code")
    assert check(town, follower, "你好")["errcode"] == 0
    town.control("/clock", advance_seconds=2 * 3600 + 1)
    assert check(town, follower, "你好")["errcode"] == 61010
    town.act(follower, "enter")
    assert check(town, follower, "你好")["errcode"] == 0


def test_a_wrong_check_is_refused(town, visitor):
    assert check(town, visitor, "")["errcode"] == 40097
    assert check(town, visitor, "长" * 2501)["errcode"] == 40097
    assert check(town, visitor, "你好", scene=5)["errcode"] == 40129
    assert check(town, visitor, "你好", openid=visitor["oa_openid"])["errcode"] == 43104
    assert check(town, visitor, "你好", openid="o_nobody")["errcode"] == 40003
    assert town.call("oa", TEXT, {"content": "你好"})["errcode"] == 48001


def test_the_first_version_knows_only_yes_and_no(town, visitor):
    assert check(town, visitor, "你好", version=1) == {"errcode": 0, "errmsg": "ok"}
    assert check(town, visitor, "混蛋", version=1)["errcode"] == 87014


def file(town, person, url, **more):
    told = {"version": 2, "scene": 2, "openid": person["mp_openid"], "media_type": 2}
    return town.call("mp", MEDIA, told | {"media_url": url} | more)


def verdict(town, person, content):
    town.pushes.clear()
    town.files["/file"] = content
    trace_id = file(town, person, town.world.config["public_url"] + "/file")["trace_id"]
    [told] = town.pushed(1)
    assert (told["Event"], told["trace_id"], told["version"]) == ("wxa_media_check", trace_id, 2)
    assert told["FromUserName"] != person["mp_openid"]
    return told


def test_a_file_is_judged_later(town, follower):
    town.turn(media_check_seconds=0.0)
    clean = verdict(town, follower, b"\xff\xd8 picture")
    assert (clean["errcode"], clean["result"]) == (0, {"suggest": "pass", "label": 100})
    risky = verdict(town, follower, "\x00测试色情".encode())
    assert risky["detail"][0]["label"] == risky["result"]["label"] == 20002


def test_a_file_that_cannot_be_had_is_told_so(town, follower):
    town.turn(media_check_seconds=0.0)
    assert verdict(town, follower, None)["errcode"] == -1008
    town.pushes.clear()
    file(town, follower, "http://127.0.0.1:1/none")
    assert town.pushed(1)[0]["errcode"] == -1008


def test_a_verdict_may_be_another_or_never_come(town, follower):
    town.turn(media_check_seconds=0.0)
    fault = {"endpoint": "event:wxa_media_check", "kind": "result"}
    review = {"suggest": "review", "label": 20001}
    town.control("/faults", **fault, fields={"result": review})
    assert verdict(town, follower, b"x")["result"] == review
    town.control("/faults", endpoint="event:wxa_media_check", kind="lost")
    town.pushes.clear()
    for each in "ab":
        url = f"{town.world.config['public_url']}/file?{each}"
        trace_id = file(town, follower, url)["trace_id"]
        town.spent()
    assert [told["trace_id"] for told in town.pushed(1)] == [trace_id]


def test_a_wrong_or_repeated_file_is_refused(town, follower):
    url = town.world.config["public_url"] + "/file"
    assert file(town, follower, "ftp://x")["errcode"] == 40097
    assert file(town, follower, url, media_type=3)["errcode"] == 40097
    assert file(town, follower, url, version=1)["errcode"] == 40097
    assert file(town, follower, url)["errcode"] == 0
    assert file(town, follower, url)["errcode"] == 87020
