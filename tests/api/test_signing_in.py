"""Who is who: signing in, the agreement, the phone, the real name, and sessions that are dead."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from base import clock
from people import residents, scenes, tokens
from people.residents import Account
from tests.people.threads import at_once

from .checked import faults, refusal


@pytest.fixture
def later(api):
    """Move the town's clock on; it is put back afterwards."""
    yield lambda **span: clock.move(api.db, timedelta(**span).total_seconds())
    api.put_back()


@pytest.fixture
def identity(api):
    """Have the identity check behave in some way, and itself again afterwards."""
    yield lambda **mode: api.control("POST", "/identity/mode", mode)
    api.control("POST", "/identity/mode", {})


def proof(person, **other):
    return {"name": person["name"], "id_number": person["id_number"], "consent": True} | other


def test_signing_in_twice_is_one_resident(api):
    person = api.person()
    first, second = (api.get("/me", api.sign_in(person)).json() for _ in "ab")
    assert first["id"] == second["id"]
    assert (first["level"], first["name"], first["phone"]) == (0, None, None)


def test_a_double_tap_signs_in_the_same_resident_and_an_old_code_nobody(api):
    for old in api.runtime.redis.keys("login:*"):
        api.runtime.redis.delete(old)
    person = api.person()
    code = api.control("POST", f"/people/{person['id']}/login-code", {"account": "mp"})["code"]
    taps = at_once(*[lambda: api.call("POST", "/session", json={"code": code})] * 3)
    assert [each.status_code for each in taps] == [201] * 3
    assert len({each.json()["resident"]["id"] for each in taps}) == 1

    redis = api.runtime.redis
    (kept,) = redis.keys("login:*")
    assert 0 < redis.ttl(kept) <= 300
    assert person["mp_openid"] not in str(redis.get(kept))
    redis.delete(kept)
    assert refusal(api.post("/session", json={"code": code})) == (401, "login_code_stale")


def opened(api, person, scene):
    """What signing in tells of a scene the mini-program was opened with."""
    code = api.control("POST", f"/people/{person['id']}/login-code", {"account": "mp"})["code"]
    return api.post("/session", json={"code": code, "scene": scene}).json()["scene"]


def test_who_opens_by_a_code_is_counted_once_and_told_what_it_stands_for(api):
    one, other = (scenes.put(api.db, scenes.UNIT, f"company:{n}", f"某公司{n}") for n in "ab")
    person, before = api.person(), scenes.brought(api.db, one.key).people
    told = {"kind": "unit", "target": "company:a", "name": "某公司a"}
    assert [opened(api, person, one.key) for _ in "ab"] == [told] * 2
    assert opened(api, person, quote(other.key, safe="").replace("-", "%2D"))["name"] == "某公司b"
    assert scenes.brought(api.db, one.key).people == before + 1
    assert scenes.brought(api.db, other.key).people == 0
    api.post("/me/identity", api.sign_in(person), proof(person))
    assert scenes.brought(api.db, one.key).registrations == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda key: key + "x",
        lambda key: key + "%00",
        lambda key: key + "-" * 5000,
        lambda key: key.replace("-", "%252D"),
        lambda _: "%E7%AA%97",
        lambda _: "窗口",
        lambda _: "",
    ],
)
def test_a_scene_that_is_none_of_ours_is_ignored(api, forge):
    scene = scenes.put(api.db, scenes.UNIT, "company:nobody-comes", "某公司")
    assert opened(api, api.person(), forge(scene.key)) is None
    assert scenes.brought(api.db, scene.key).people == 0


def test_the_agreement_in_force_is_agreed_to_and_no_other(api):
    token = api.sign_in(api.person())
    version = api.get("/agreement").json()["version"]
    old = api.post("/me/agreement", token, {"version": "2001-01"})
    assert refusal(old) == (409, "old_agreement")
    agreed = api.post("/me/agreement", token, {"version": version}).json()
    assert agreed["agreement"] == version


def test_a_phone_is_level_one_and_shown_in_part(api):
    person = api.person()
    token = api.sign_in(person)
    code = api.control("POST", f"/people/{person['id']}/phone-code")["code"]
    me = api.post("/me/phone", token, {"code": code}).json()
    assert me["level"] == 1
    assert me["phone"][:3] == person["phone"][:3]
    assert "*" in me["phone"]
    assert refusal(api.post("/me/phone", token, {"code": code})) == (401, "login_code_stale")


def test_a_real_name_is_level_two_and_shown_in_part(api):
    person, token = api.citizen()
    me = api.get("/me", token).json()
    assert me["level"] == 2
    assert me["name"] == person["name"][0] + "*" * (len(person["name"]) - 1)


def test_another_name_does_not_match(api):
    person = api.person(name="王小明")
    token = api.sign_in(person)
    answer = api.post("/me/identity", token, proof(person, name="王大明"))
    assert refusal(answer) == (422, "name_differs")
    assert api.get("/me", token).json()["level"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [({"id_number": "110101199003071234"}, "bad_id_number"), ({"name": "?"}, "bad_name")],
)
def test_what_cannot_be_a_person_is_not_asked_about(api, change, code):
    person = api.person()
    answer = api.post("/me/identity", api.sign_in(person), proof(person, **change))
    assert refusal(answer) == (422, code)


def test_nobody_is_checked_without_consent(api):
    person = api.person()
    answer = api.post("/me/identity", api.sign_in(person), proof(person, consent=False))
    assert refusal(answer) == (422, "invalid")
    assert faults(answer) == {"consent"}


def test_a_slow_check_is_waited_for(api, identity):
    person = api.person()
    identity(slow_seconds=0.3)
    answer = api.post("/me/identity", api.sign_in(person), proof(person))
    assert answer.json()["level"] == 2


def test_a_check_that_is_down_is_said_plainly_and_costs_no_try(api, identity):
    person = api.person()
    token = api.sign_in(person)
    identity(down=True)
    for _ in range(6):
        answer = api.post("/me/identity", token, proof(person))
        assert refusal(answer) == (503, "unreachable")
        assert answer.headers["Retry-After"]
    identity()
    assert api.post("/me/identity", token, proof(person)).json()["level"] == 2


def test_one_citizen_with_two_phones_becomes_one_resident(api):
    person, token = api.citizen()
    second = api.person(name=person["name"], id_number=person["id_number"], unionid=None)
    other = api.sign_in(second)
    assert api.get("/me", other).json()["id"] != api.get("/me", token).json()["id"]
    api.post("/me/identity", other, proof(person))
    assert api.get("/me", other).json()["id"] == api.get("/me", token).json()["id"]


def test_nobody_without_a_token(api):
    answer = api.get("/me")
    assert refusal(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    basic = {"Authorization": "Basic YTpi"}
    assert refusal(api.call("GET", "/me", headers=basic)) == (401, "unauthenticated")


@pytest.mark.parametrize("damage", [lambda t: t[:-2], lambda t: "x" + t, lambda t: "a.b"])
def test_a_damaged_token_is_dead(api, damage):
    token = api.sign_in(api.person())
    assert refusal(api.get("/me", damage(token))) == (401, "dead_session")


def test_a_token_signed_by_others_is_dead(api):
    person = api.person()
    me = api.get("/me", api.sign_in(person)).json()
    account = Account("mp", api.runtime.settings.wechat_mp_appid, person["mp_openid"])
    forged = tokens.issue("somebody else's secret", me["id"], account, timedelta(days=1))
    assert refusal(api.get("/me", forged)) == (401, "dead_session")


def test_a_token_dies_after_seven_days(api, later):
    token = api.sign_in(api.person())
    later(days=6, hours=23)
    assert api.get("/me", token).status_code == 200
    later(days=7, minutes=1)
    assert refusal(api.get("/me", token)) == (401, "dead_session")


def test_leaving_the_official_account_forgets_it_and_returning_is_welcome(api):
    person, token = api.citizen()
    api.control("POST", f"/people/{person['id']}/unfollow")
    api.eventually(lambda: residents.by_account(api.db, "oa", person["oa_openid"]) is None)
    assert api.get("/me", token).json()["level"] == 2
    api.control("POST", "/clock", {"offset_seconds": 2})
    api.control("POST", f"/people/{person['id']}/follow")
    api.control("POST", "/clock", {"offset_seconds": 0})
    api.eventually(lambda: residents.by_account(api.db, "oa", person["oa_openid"]))


def test_the_token_of_an_account_that_left_is_dead(api):
    person = api.person()
    token = api.sign_in(person)
    residents.unfollow(api.db, "mp", person["mp_openid"])
    assert refusal(api.get("/me", token)) == (401, "dead_session")
