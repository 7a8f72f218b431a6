"""The service's WeChat side and the simulator's meet: each understands what the other writes."""

import pytest

from app.wechat import envelope, menu
from app.wechat.gateway import Gateway
from app.wechat.line import Line
from base import clock
from config.settings import Settings
from tests.simulator.wechat import town as towns


@pytest.fixture
def town():
    with towns.opened() as served_town:
        yield served_town


@pytest.fixture
def gateway(town, redis):
    oa, mp = (town.world.account(kind) for kind in ("oa", "mp"))
    lines = [Line(one.appid, one.secret, town.url, redis) for one in (oa, mp)]
    return Gateway(lines[0], lines[1], town.url, town.url)


@pytest.fixture
def settings(town):
    given = {name: field.metadata["default"] or ""
             for name, field in Settings.__dataclass_fields__.items()}  # fmt: skip
    for kind in ("oa", "mp"):
        account = town.world.account(kind)
        for name in ("appid", "secret", "token", "aes_key"):
            given[f"wechat_{kind}_{name}"] = getattr(account, name)
    return Settings(**given | {"public_url": "http://127.0.0.1:1"})


def channel_of(settings, push):
    path, query, body = push
    channel = envelope.channel(settings, path.removeprefix("/wechat/"))
    asked = envelope.Query(**{name: query.get(name, "") for name in envelope.Query.__slots__})
    return channel, asked, body


@pytest.mark.parametrize("kind", ["oa", "mp"])
def test_a_push_of_either_account_is_read(town, settings, kind):
    person = town.person(follow=True)
    town.act(person, "text", content="我要落户]]>", account=kind)
    message = envelope.read(*channel_of(settings, town.pushes[-1]), clock.now())
    assert message.words == "我要落户]]>"


def test_a_forged_push_is_not_read(town, settings):
    person = town.person(follow=True)
    for forge in ("signature", "missing", "body", "appid", "garbage"):
        town.act(person, "text", content="x", push={"forge": forge, "deliveries": 1})
        with pytest.raises((envelope.ForgedPush, envelope.UnreadablePush)):
            envelope.read(*channel_of(settings, town.pushes[-1]), clock.now())


def test_the_gateway_is_understood(town, gateway):
    person = town.person(follow=True)
    data = towns.DATA
    assert gateway.send_template(person["oa_openid"], "T_OA", data, "http://127.0.0.1/x", "once")
    assert town.chat(person)[-1]["url"] == "http://127.0.0.1/x"
    town.act(person, "subscribe", template_ids=["T_MP"])
    gateway.send_subscribed(person["mp_openid"], "T_MP", data, "pages/case")
    assert town.chat(person)[-1]["kind"] == "subscription"
    gateway.say("oa", person["oa_openid"], "您好")
    assert town.chat(person)[-1]["text"] == "您好"
    assert gateway.follower(person["oa_openid"]).unionid == person["unionid"]


def test_people_sign_in_through_the_gateway(town, gateway):
    person = town.person()
    signed_in = gateway.session_of(town.act(person, "login-code")["code"])
    assert (signed_in.openid, signed_in.unionid) == (person["mp_openid"], person["unionid"])
    assert gateway.phone_of(town.act(person, "phone-code")["code"]) == person["phone"]
    code = town.act(person, "oauth-code", scope="snsapi_userinfo")["code"]
    visitor = gateway.visitor(code, "snsapi_userinfo")
    assert (visitor.openid, visitor.unionid) == (person["oa_openid"], person["unionid"])


def test_the_menu_and_scene_codes_are_published(town, gateway, settings):
    menu.publish(gateway, settings, dry_run=False)
    shown = town.get("/control/v1/menu")["button"]
    assert [one["name"] for one in shown] == [one["name"] for one in menu.wish("http://x")]
    assert menu.publish(gateway, settings, dry_run=False).startswith("The menu is")
    assert gateway.scene_code("hall").picture.startswith(town.url)


def test_a_photo_reaches_the_service(town, gateway):
    person = town.person(follow=True)
    town.act(person, "image", data="AAEC")
    message = town.opened(*town.pushes[-1])
    assert gateway.media("oa", message["MediaId"]) == b"\x00\x01\x02"


@pytest.mark.parametrize("errcode", [40001, 42001])
def test_a_revoked_token_is_renewed_once(town, gateway, errcode):
    person = town.person(follow=True)
    gateway.follower(person["oa_openid"])
    if errcode == 40001:
        town.control("/tokens/revoke")
    else:
        town.control("/clock", advance_seconds=7201)
    assert gateway.follower(person["oa_openid"]).unionid == person["unionid"]
