"""The whole channel against the simulated platform: real pushes, real codes, real answers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from flask import Flask

from app import errors, hearing, jobs, sending, wechat
from app.runtime import Runtime
from app.wechat import followers, inbox, menu, oauth, photos
from app.wechat import gateway as gateways
from app.wechat.gateway import Gateway
from app.wechat.verdicts import Refused
from base import outbox
from base.errors import Unreachable
from people import residents
from people.residents import Account
from script import demo
from simulator.app import application
from simulator.world import World
from tracking import messages, subscriptions, templates

from .conftest import KEYS
from .platform import served

KINDS = {
    "message.send": sending.deliver,
    "message.report": hearing.report,
    "push.answer": inbox.perform,
    "photo.fetch": photos.fetch,
    "follower.link": followers.link,
}


class Town:
    """The simulated platform over HTTP, and our own side of it."""

    def __init__(self, url: str, runtime: Runtime) -> None:
        self.url, self.runtime = url, runtime

    def control(self, path: str, **told: object) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/control/v1{path}", json=told, timeout=60)
        return answer.json()

    def act(self, person: dict[str, Any], act: str, **told: object) -> list[dict[str, Any]]:
        return self.control(f"/people/{person['id']}/{act}", **told)["deliveries"]

    def chat(self, person: dict[str, Any]) -> list[dict[str, Any]]:
        found = requests.get(f"{self.url}/control/v1/people/{person['id']}/chat", timeout=60)
        return found.json()["lines"]

    def say(self, person: dict[str, Any], words: str) -> str:
        (delivery,) = self.act(person, "text", content=words)
        return delivery["message"]["Content"]

    def keep(self) -> None:
        """Keep every promise that is due and ours."""
        for name in jobs.COLLECTIONS:
            for held in outbox.take(self.runtime.db[name]):
                for owed in held.promises:
                    if owed["effect"] in KINDS:
                        KINDS[owed["effect"]](self.runtime, held.id, **owed["data"])
                    outbox.kept(self.runtime.db[name], held, owed)
                outbox.release(self.runtime.db[name], held)


@pytest.fixture(params=["safe", "compatible", "plain"])
def mode(request) -> str:
    return request.param


@pytest.fixture
def town(settings, county, redis) -> Iterator[Town]:
    yield from opened(settings, county, redis, "safe")


def opened(settings, db, redis, mode) -> Iterator[Town]:
    oa = KEYS | {"appid": "wxoa", "secret": "s-oa", "mode": mode}
    mp = KEYS | {"appid": "wxmp", "secret": "s-mp", "mode": mode, "format": "json"}
    names = {"original_id": "gh_1", "name": "办事通"}
    nowhere = dict.fromkeys(("public_url", "simulator_url"), "http://127.0.0.1:9")
    accounts = {"oa": oa | names, "mp": mp | names}
    world = World(accounts | nowhere | {"templates": demo.templates(), "state_dir": None})
    app = Flask(__name__)
    errors.register(app)
    wechat.register(app)
    try:
        with served(application(world)) as url, served(app) as ours:
            world.config |= {"simulator_url": url, "public_url": ours}
            secrets = {"wechat_oa_secret": "s-oa", "wechat_mp_secret": "s-mp"}
            modes = {"wechat_oa_mode": mode, "wechat_mp_mode": mode}
            urls = dict.fromkeys(("wechat_api_url", "wechat_open_url", "wechat_mp_web_url"), url)
            known = replace(settings, **secrets, **modes, **urls, public_url=ours)
            runtime = Runtime(known, db, redis, Gateway.connect(known, redis), None, None)
            app.extensions["runtime"] = runtime
            yield Town(url, runtime)
    finally:
        world.close()


@pytest.fixture
def wang(town) -> dict[str, Any]:
    return town.control("/people", name="王小红", follow=True)


def test_the_platform_proves_both_our_addresses(town):
    assert town.control("/verify/oa")["verified"]
    assert town.control("/verify/mp")["verified"]


def test_a_resident_is_answered_in_every_mode(settings, county, redis, mode):
    world = opened(settings, county, redis, mode)
    town = next(world)
    person = town.control("/people", follow=True)

    assert "【" in town.say(person, "身份证到期了怎么换")
    (delivery,) = town.act(person, "text", account="mp", content="帮助")
    assert delivery["outcome"] == "accepted"
    world.close()


@pytest.mark.parametrize("forge", ["signature", "missing", "appid", "body", "garbage"])
def test_forged_pushes_are_refused_and_leave_no_trace(town, wang, forge):
    before = town.runtime.db.pushes.count_documents({})
    (delivery,) = town.act(wang, "text", content="帮助", push={"forge": forge, "deliveries": 1})

    assert delivery["status"] in (400, 403)
    assert town.runtime.db.pushes.count_documents({}) == before


def test_a_push_in_another_mode_is_refused(town, wang):
    (delivery,) = town.act(wang, "text", content="帮助", push={"mode": "plain", "deliveries": 1})

    assert delivery["status"] == 403


def test_copies_of_a_push_are_answered_alike(town, wang):
    told = town.act(wang, "text", content="咨询", push={"parallel": 2, "duplicates": 1})

    assert {each["outcome"] for each in told} <= {"replied", "accepted"}
    replied = [each["message"]["Content"] for each in told if each["outcome"] == "replied"]
    assert set(replied) == {told[-1]["message"]["Content"]}
    assert len(replied) >= 2


def test_a_follower_is_one_resident_with_her_mini_program(town, wang):
    town.keep()
    code = town.control(f"/people/{wang['id']}/login-code", account="mp")["code"]
    visitor = town.runtime.wechat.session_of(code)
    db = town.runtime.db
    twin = residents.arrive(db, Account("mp", "wxmp", visitor.openid, visitor.unionid))

    assert residents.by_account(db, "oa", wang["oa_openid"]).id == twin.id
    with pytest.raises(gateways.LoginCodeStale):
        town.runtime.wechat.session_of(code)


def test_a_phone_code_tells_the_phone(town, wang):
    code = town.control(f"/people/{wang['id']}/phone-code", account="mp")["code"]

    assert town.runtime.wechat.phone_of(code) == wang["phone"]


def test_an_oauth_code_tells_openid_and_unionid(town, wang):
    session = {}
    oauth.begin(town.runtime.wechat, session, "http://127.0.0.1/")
    scope = {"scope": "snsapi_userinfo"}
    code = town.control(f"/people/{wang['id']}/oauth-code", **scope)["code"]
    visitor = oauth.finish(
        town.runtime.wechat, session, code, session["wechat_state"].partition(":")[2]
    )

    assert (visitor.openid, visitor.unionid) == (wang["oa_openid"], wang["unionid"])


def test_the_menu_is_published_and_its_buttons_answer(town, wang):
    assert menu.publish(town.runtime.wechat, town.runtime.settings, dry_run=True).startswith("Not")
    assert menu.publish(town.runtime.wechat, town.runtime.settings, dry_run=False)
    told = menu.publish(town.runtime.wechat, town.runtime.settings, dry_run=True)

    assert told == "The menu is what config/menu.toml says."
    (delivery,) = town.act(wang, "menu", key="my_cases")
    assert "还没有办过事" in delivery["message"]["Content"]


def test_a_complaint_with_photo_and_place_reaches_the_ledger(town, wang):
    town.say(wang, "投诉")
    town.say(wang, "村口路灯坏了")
    town.act(wang, "image")
    town.say(wang, "完成")
    (delivery,) = town.act(wang, "location", latitude=31.1, longitude=119.1, label="村口")
    town.keep()

    (row,) = town.runtime.db.tickets.find({})
    assert "收到了" in delivery["message"]["Content"]
    assert len(row["files"]) == 1
    assert row["kind"] == "complaint"


def test_a_photo_from_the_mini_programs_chat_reaches_the_ledger_too(town, wang):
    for words in ("投诉", "村口路灯坏了"):
        town.act(wang, "text", content=words, account="mp")
    town.act(wang, "image", account="mp")
    for words in ("完成", "跳过"):
        town.act(wang, "text", content=words, account="mp")
    town.keep()

    (row,) = town.runtime.db.tickets.find({})
    assert len(row["files"]) == 1


def test_a_human_is_called(town, wang):
    (delivery,) = town.act(wang, "text", content="人工")

    assert "工作人员" in delivery["message"]["Content"]


def test_a_message_reaches_the_follower_and_is_reported(town, wang):
    town.keep()
    resident = residents.by_account(town.runtime.db, "oa", wang["oa_openid"])
    values = {"service": "社会保障卡申领", "number": "202611210000019", "agency": "人社局"}
    more = {"state": "已提交", "day": "2026年12月1日"}
    messages.tell(
        town.runtime.db, key="k1", kind="case_submitted", resident=resident.id, values=values | more
    )
    town.keep()

    told = messages.get(town.runtime.db, "k1")
    assert (told.channel, told.state in ("sent", "arrived")) == ("oa", True)
    assert any("社会保障卡申领" in str(line) for line in town.chat(wang))


def test_who_left_is_told_in_the_mini_program_where_she_consented(town, wang):
    db, template = town.runtime.db, templates.templates()["progress"].ids["mp"]
    union, openid = wang["unionid"], wang["mp_openid"]
    resident = residents.arrive(db, Account("mp", "wxmp", openid, union))
    town.control(f"/people/{wang['id']}/subscribe", template_ids=[template], accept=True)
    town.act(wang, "unfollow")
    values = {"service": "社会保障卡申领", "number": "202611210000019", "agency": "人社局"}
    more = {"state": "已提交", "day": "2026年12月1日"}
    messages.tell(db, key="k1", kind="case_submitted", resident=resident.id, values=values | more)
    town.keep()

    assert messages.get(db, "k1").channel == "mp"
    assert subscriptions.left(db, openid, template) == 1


def test_revoked_tokens_are_replaced_once(town, wang):
    town.say(wang, "帮助")
    town.runtime.wechat.say("oa", wang["oa_openid"], "一")
    town.control("/tokens/revoke")
    town.runtime.wechat.say("oa", wang["oa_openid"], "二")

    assert [line["text"] for line in town.chat(wang)[-2:]] == ["一", "二"]


def test_words_whose_answer_was_lost_on_the_way_may_have_arrived(town, wang):
    town.say(wang, "帮助")
    town.control("/faults", endpoint="/cgi-bin/message/custom/send", kind="reset_after")
    with pytest.raises(Unreachable) as cut:
        town.runtime.wechat.say("oa", wang["oa_openid"], "您好")

    assert cut.value.doubtful
    assert town.chat(wang)[-1]["text"] == "您好"


def test_a_closed_window_is_a_refusal(town):
    stranger = town.control("/people")
    with pytest.raises(Refused) as refused:
        town.runtime.wechat.say("oa", stranger["oa_openid"], "您好")

    assert refused.value.kind == "refused"


def test_a_scene_code_brings_a_follower_with_its_scene(town):
    code = town.runtime.wechat.scene_code("hall-3", 600)
    person = town.control("/people")
    town.act(person, "scan", scene="hall-3")

    assert requests.get(code.picture, timeout=60).headers["Content-Type"].startswith("image/")
    row = town.runtime.db.accounts.find_one({"_id": f"oa:{person['oa_openid']}"})
    assert (row["following"], row["scene"]) == (True, "hall-3")
