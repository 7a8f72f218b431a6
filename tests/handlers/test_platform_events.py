"""What the platform tells of itself and of people's data: each event has its one effect."""

import pytest

from base import alarms, audit, clock, files, sweeping
from feedback import tickets
from handlers import table
from handlers.exchange import Message, Silence
from people import residents, scenes
from people.residents import Account


@pytest.fixture
def event(write):
    """An event from the platform's own account about alice."""

    def push(name, **fields):
        about = {"OpenID": "alice", "AppID": "wxoa"} if "authorization" in name else {}
        return write("", openid="push-account", MsgType="event", Event=name, **about | fields)

    return push


def alice(db):
    found = residents.by_account(db, "oa", "alice")
    return found or residents.arrive(db, Account("oa", "wxoa", "alice"))


def test_a_phone_number_taken_back_is_deleted_once_and_written_down(db, event):
    id = alice(db).id
    residents.set_phone(db, id, "13900000001")
    for _ in range(2):
        assert isinstance(
            event("user_authorization_revoke", RevokeInfo="8", identity="the-event"), Silence
        )

    found = residents.get(db, id)
    assert (found.phone_masked, found.level) == (None, 0)
    (line,) = audit.of_subject(db, f"resident:{id}")
    assert (line["act"], line["facts"]) == ("account.revoke", {"code": "8", "channel": "oa"})


def test_a_real_name_outlives_the_phone(db, event):
    id = alice(db).id
    residents.set_phone(db, id, "13900000001")
    residents.verify(db, id, "张三", "342522198507243872", lambda *_: None)
    event("user_authorization_revoke", RevokeInfo="8")

    assert residents.get(db, id).level == 2


@pytest.mark.parametrize("code", ["13", "18", "206"])
def test_a_place_taken_back_is_forgotten(db, write, event, code):
    write(MsgType="event", Event="LOCATION", Latitude="31.1", Longitude="119.1")
    alice(db)
    event("user_info_modified", RevokeInfo=code, OpenID="alice")

    assert db.whereabouts.count_documents({}) == 0


def test_a_place_of_somebody_unknown_is_forgotten_too(db, write, event):
    write(MsgType="event", Event="LOCATION", Latitude="31.1", Longitude="119.1")
    db.accounts.delete_many({})
    event("user_authorization_revoke", RevokeInfo="13")

    assert db.whereabouts.count_documents({}) == 0


@pytest.mark.parametrize("code", ["14", "15", "207"])
def test_files_taken_back_go_unless_something_has_taken_them(db, event, code):
    id = alice(db).id
    kept, gone = (files.put(db, id, "a.pdf", b"%PDF-1.7\n%%EOF", to).id for to in ("case:1", None))
    event("user_authorization_revoke", RevokeInfo=code)
    clock.move(db, 1)
    assert sweeping.sweep(db, lambda *_: True) == 1

    assert files.get(db, kept).id == kept
    with pytest.raises(files.NoSuchFile):
        files.get(db, gone)


def test_what_we_never_keep_is_only_written_down(db, event):
    id = alice(db).id
    event("user_authorization_revoke", RevokeInfo="6")

    assert audit.of_subject(db, f"resident:{id}")[0]["facts"]["code"] == "6"


def test_a_closed_account_takes_all_of_the_channel_but_no_ticket(county, write, event):
    write("咨询")
    write("几点开门？")
    id = alice(county).id
    residents.set_phone(county, id, "13900000001")
    for _ in range(2):
        event("user_authorization_cancellation", identity="the-end")

    assert residents.by_account(county, "oa", "alice") is None
    assert county.dialogues.find_one({"_id": "oa:alice"})["state"] is None
    assert residents.get(county, id).phone_masked is None
    assert len(tickets.of(county, id)) == 1
    assert len(audit.of_subject(county, f"resident:{id}")) == 1


def test_somebody_nobody_knows_is_nothing_to_forget(db, event):
    event("user_authorization_revoke", RevokeInfo="8")
    event("user_authorization_cancellation")

    assert db.residents.count_documents({}) == 0


def test_the_account_behind_these_events_becomes_nobody(db, event):
    event("verify_expired", ExpiredTime="1795000001")

    assert db.residents.count_documents({}) == 0


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("qualification_verify_fail", "FailTime"),
        ("naming_verify_fail", "FailTime"),
        ("annual_renew", "ExpiredTime"),
        ("verify_expired", "ExpiredTime"),
    ],
)
def test_a_certification_that_lapses_sounds_an_alarm(db, event, name, field):
    event(name, **{field: "1795000001", "FailReason": "证件不清晰"})

    (alarm,) = alarms.standing(db)
    assert (alarm["kind"], alarm["facts"]["until"]) == (f"wechat_{name}", "2026-11-18")


def test_a_certification_that_succeeds_clears_what_it_settles(db, event):
    for name in ("qualification_verify_fail", "annual_renew", "verify_expired"):
        event(name, ExpiredTime="odd")
    event("naming_verify_success", ExpiredTime="1826536001")
    assert len(alarms.standing(db)) == 3
    event("qualification_verify_success", ExpiredTime="1826536001")

    assert alarms.standing(db) == []


def scan(write, key, name="subscribe"):
    scene = f"qrscene_{key}" if name == "subscribe" else key
    return write(MsgType="event", Event=name, EventKey=scene, Ticket="t").words


def test_a_counters_code_says_where_it_hangs_and_what_is_done_there(county, write):
    key = scenes.put(county, scenes.COUNTER, "hall", "政务服务中心").key
    words = scan(write, key)

    assert "您扫的是郎溪县政务服务中心的二维码" in words
    assert "这里能办" in words
    assert scenes.brought(county, key).people == 1
    assert "郎溪县政务服务中心" in scan(write, key, "SCAN")
    assert scenes.brought(county, key).people == 1


def test_a_villages_code_says_when_somebody_is_there(county, write):
    clock.move(county, 0)
    key = scenes.put(county, scenes.VILLAGE, "341821001001", "中港社区").key

    assert "中港社区便民服务站的二维码（现在" in scan(write, key)


def test_a_units_code_says_whom_to_call_or_how_to_act_for_it(county, write):
    office = scenes.put(county, scenes.UNIT, "agency:civil_affairs", "民政局").key
    firm = scenes.put(county, scenes.UNIT, "company:91341821MA00000000", "郎溪茶业").key

    assert "咨询电话" in scan(write, office)
    assert "郎溪茶业的单位邀请码" in scan(write, firm, "SCAN")


def test_a_code_whose_place_has_gone_is_greeted_plainly(county, write):
    key = scenes.put(county, scenes.COUNTER, "gone", "旧大厅").key

    assert "欢迎回来！请告诉我" in scan(write, key, "SCAN")
    assert "欢迎回来！请告诉我" in scan(write, "unknown", "SCAN")


def test_a_scanned_receipt_tells_where_its_case_stands(write):
    info = {"ScanType": "qrcode", "ScanResult": "https://x/h5/cases/202611214831075"}
    missed = write(MsgType="event", Event="scancode_waitmsg", ScanCodeInfo={"ScanResult": "hi"})

    assert "没有认出" in missed.words
    assert "没有" in write(MsgType="event", Event="scancode_waitmsg", ScanCodeInfo=info).words


def test_the_mini_programs_desk_greets(write):
    assert "想办什么事" in write(MsgType="event", Event="user_enter_tempsession").words


@pytest.mark.parametrize("name", table.NOTHING_TO_DO)
def test_events_that_want_no_answer_are_met_with_silence(write, name):
    assert isinstance(write(MsgType="event", Event=name), Silence)


def test_what_has_a_row_is_known_and_the_rest_is_not():
    def known(kind, event=""):
        message = Message(
            identity="i", account="oa", sender="s", recipient="r", kind=kind, event=event,
            created=1, fields={},
        )  # fmt: skip
        return table.find(message) is not table.UNKNOWN

    assert all([known("text"), known("image"), known("event", "click"), known("event", "view")])
    assert not known("hologram")
    assert not known("event", "something_new")
