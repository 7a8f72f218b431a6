"""Events as the platform really pushes them: through the door, with its odd keys and lists."""

from structlog.testing import capture_logs

from base import alarms
from people import residents


def cause(town, person, name, account="oa", **fields):
    told = {"name": name, "account": account, "fields": fields}
    done = town.control("POST", f"/people/{person['id']}/event", told)
    assert all(each["status"] == 200 for each in done["deliveries"]), done
    return done


def test_a_phone_number_taken_back_in_the_mini_program_is_deleted(town):
    person, token = town.citizen()
    id = residents.by_account(town.db, "mp", person["mp_openid"]).id
    assert residents.get(town.db, id).phone_masked
    spaced = {" OpenID": person["mp_openid"], " RevokeInfo": "8"}
    cause(town, person, "user_authorization_revoke", "mp", **spaced)

    town.eventually(lambda: residents.get(town.db, id).phone_masked is None)
    assert town.call("GET", "/api/v1/me", token).json()["level"] == 2


def test_a_closed_account_is_signed_out_and_its_cases_stay(town):
    person, token = town.citizen()
    id = residents.by_account(town.db, "mp", person["mp_openid"]).id
    cause(town, person, "user_authorization_cancellation", "mp")

    town.eventually(lambda: residents.by_account(town.db, "mp", person["mp_openid"]) is None)
    assert town.call("GET", "/api/v1/me", token).status_code == 401
    assert residents.get(town.db, id).level == 2


def test_a_lapsed_certification_is_an_alarm_with_the_accounts_name(town):
    town.control("POST", "/events", {"name": "verify_expired", "account": "oa"})

    found = town.eventually(
        lambda: [
            each for each in alarms.standing(town.db) if each["kind"] == "wechat_verify_expired"
        ]
    )
    assert found[0]["facts"]["appid"] == town.environment["WECHAT_OA_APPID"]
    alarms.clear(town.db, "wechat_verify_expired", found[0]["key"])


def standing(town, kind):
    return [each for each in alarms.standing(town.db) if each["kind"] == kind]


def test_what_nobody_knows_is_kept_and_logged(town):
    before = town.db.pushes.count_documents({})
    with capture_logs() as lines:
        for name in ("something_new", "debug_demo"):
            cause(town, town.person(follow=False), name)

    assert town.db.pushes.count_documents({}) >= before + 2
    logged = [line["name"] for line in lines if line["event"] == "push unknown"]
    assert logged == ["something_new"]
