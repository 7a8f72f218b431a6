"""A message of the ledger reaches its reader by the best channel that takes it."""

import contextlib
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo import MongoClient, monitoring

from app import sending
from app.wechat.verdicts import Refused
from base import clock
from base.errors import Unreachable
from handlers import table
from handlers.exchange import Context, Links, Message
from people import residents
from people.residents import Account
from tracking import ledger, messages, subscriptions, templates, undeliverable

TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"
KINDS = {"service": "社会保障卡申领", "number": "202611210000019", "agency": "人社局"}
MORE = {"state": "已提交", "day": "2026年12月1日"}
_COUNT = itertools.count(1)


@pytest.fixture
def alice(db):
    resident = residents.arrive(db, Account("oa", "wxoa", "alice", "u1"))
    residents.follow(db, "oa", "alice")
    return resident


@pytest.fixture
def twin(db, alice):
    """Alice in the mini-program, with one consent for progress messages."""
    residents.arrive(db, Account("mp", "wxmp", "m-alice", "u1"))
    subscriptions.credit(db, "m-alice", progress("mp"), source="popup", report="r1")
    return alice


def progress(channel):
    return templates.templates()["progress"].ids[channel]


def tell(db, resident, key="k1"):
    messages.tell(db, key=key, kind="case_submitted", resident=resident.id, values=KINDS | MORE)
    return key


def test_a_follower_gets_a_template_message(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, tell(db, alice))

    sent = platform.bodies[-1][2]
    assert (sent["touser"], sent["template_id"]) == ("alice", progress("oa"))
    assert sent["url"] == "http://127.0.0.1:1/h5/cases/202611210000019"
    assert sent["data"]["thing1"] == {"value": "社会保障卡申领"}
    found = messages.get(db, "k1")
    assert (found.state, found.channel, found.msgid) == ("sent", "oa", "77")


def test_a_message_is_sent_once(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    key = tell(db, alice)
    sending.deliver(runtime, key)
    sending.deliver(runtime, key)

    assert platform.asked[TEMPLATE] == 1


def test_every_try_of_one_message_bears_the_same_id(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": -1, "errmsg": "system busy"}
    key = tell(db, alice)
    for _ in range(2):
        with pytest.raises(Refused):
            sending.deliver(runtime, key)

    ids = {sent["client_msg_id"] for path, _, sent in platform.bodies if path == TEMPLATE}
    assert len(ids) == 1
    assert (told(db).state, told(db).tries) == ("waiting", 2)


def told(db, key="k1"):
    return messages.get(db, key)


def story(db, key="k1"):
    return [(each["outcome"], each["channel"]) for each in told(db, key).row["history"]]


def test_the_mini_program_comes_first_while_it_has_a_credit(runtime, platform, db, twin):
    platform.answers[SUBSCRIBE] = {"errcode": 0}
    sending.deliver(runtime, tell(db, twin))

    found = told(db)
    assert (found.state, found.channel, found.msgid) == ("sent", "mp", None)
    assert platform.bodies[-1][2]["page"] == "pages/case/case?number=202611210000019"
    assert story(db) == [("opened", "mp"), ("sent", "mp")]


def test_without_a_credit_the_official_account_is_asked(runtime, platform, db, twin):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    subscriptions.empty(db, "m-alice", progress("mp"))
    sending.deliver(runtime, tell(db, twin))

    assert platform.asked[SUBSCRIBE] == 0
    assert story(db) == [("skipped", "mp"), ("opened", "oa"), ("sent", "oa")]


def test_a_credit_the_platform_does_not_know_falls_back_at_once(runtime, platform, db, twin):
    platform.answers[SUBSCRIBE] = {"errcode": 43101}
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, tell(db, twin))

    assert (told(db).state, told(db).channel) == ("sent", "oa")
    assert subscriptions.left(db, "m-alice", progress("mp")) == 0


def test_whom_no_channel_may_write_to_has_refused(runtime, platform, db, twin):
    platform.answers[SUBSCRIBE] = {"errcode": 43101}
    platform.answers[TEMPLATE] = {"errcode": 43004, "errmsg": "require subscribe"}
    sending.deliver(runtime, tell(db, twin))

    found = told(db)
    assert (found.state, found.channel) == ("refused", messages.INBOX)
    assert "43004" in found.reason


def test_a_fault_of_ours_is_shown_to_operators(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 47003, "errmsg": "data.thing1.value invalid"}
    sending.deliver(runtime, tell(db, alice))

    assert told(db).state == "failed"
    assert "47003 bad_data thing1" in told(db).reason


def test_a_gateways_page_leaves_a_template_message_open_under_its_id(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, tell(db, alice))
    assert told(db).state == "sending"

    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, "k1")
    ids = {sent["client_msg_id"] for path, _, sent in platform.bodies if path == TEMPLATE}
    assert (told(db).state, len(ids)) == ("sent", 1)
    assert story(db)[1:] == [("opened", "oa"), ("repeated", "oa"), ("sent", "oa")]


def test_past_ten_minutes_a_template_message_is_never_repeated(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, tell(db, alice))
    clock.move(db, 571)
    with pytest.raises(Unreachable) as waits:
        sending.deliver(runtime, "k1")
    assert (told(db).state, platform.asked[TEMPLATE]) == ("unknown", 1)

    clock.move(db, 571 + 400)
    assert waits.value.until < clock.now()
    sending.deliver(runtime, "k1")
    assert (told(db).state, platform.asked[TEMPLATE]) == ("unknown", 1)
    signal(db, "templatesendjobfinish", MsgID="99", Status="success")
    assert told(db).state == "arrived"


def cut_off(runtime, platform, db, twin):
    """A subscription message whose answer never came."""
    platform.answers[SUBSCRIBE] = (502, b"<html>")
    with pytest.raises(Unreachable) as waits:
        sending.deliver(runtime, tell(db, twin))
    return waits.value


def test_a_subscription_message_cut_off_is_repeated_once_after_five_minutes(
    runtime, platform, db, twin
):
    waits = cut_off(runtime, platform, db, twin)
    assert timedelta(minutes=4) < waits.until - clock.now() < timedelta(minutes=6)
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")
    assert platform.asked[SUBSCRIBE] == 1

    for _ in range(3):
        clock.move(db, (told(db).row["again"] - told(db).at).total_seconds() + 1)
        with contextlib.suppress(Unreachable):
            sending.deliver(runtime, "k1")
    assert (told(db).state, platform.asked[SUBSCRIBE]) == ("unknown", 2)
    assert [each.key for each in undelivered(db)] == ["k1"]


def undelivered(db):
    clock.move(db, 3600)
    return undeliverable.page(db)


def test_the_platforms_word_settles_a_subscription_message_cut_off(runtime, platform, db, twin):
    cut_off(runtime, platform, db, twin)
    entry = {"TemplateId": progress("mp"), "MsgID": "5", "ErrorCode": "0"}
    signal(db, "subscribe_msg_sent_event", "mp", "m-alice", List=[entry])
    clock.move(db, 400)
    sending.deliver(runtime, "k1")

    assert (told(db).state, told(db).msgid) == ("arrived", "5")
    assert platform.asked[SUBSCRIBE] == 1


def test_the_credit_of_a_message_cut_off_stays_taken(runtime, platform, db, twin):
    template = templates.templates()["rating"].ids["mp"]
    subscriptions.credit(db, "m-alice", template, source="popup", report="r9")
    messages.tell(db, key="k1", kind="case_closed", resident=twin.id, values=KINDS | MORE)
    platform.answers[SUBSCRIBE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")

    assert subscriptions.left(db, "m-alice", template) == 0
    assert not subscriptions.spend(db, "m-alice", template, "k2")


def test_a_killed_worker_leaves_a_subscription_message_unknown(runtime, platform, db, twin):
    tell(db, twin)
    message, _ = ledger.line(db, "k1")
    ledger.start(db, message, "mp", "somewhere", [])
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")

    assert (told(db).state, platform.asked[SUBSCRIBE]) == ("unknown", 0)


def test_who_has_no_account_reads_the_inbox(runtime, platform, db):
    resident = residents.arrive(db, Account("oa", "wxoa", "bob"))
    sending.deliver(runtime, tell(db, resident))

    assert (told(db).state, told(db).channel) == ("given_up", messages.INBOX)


def test_what_is_not_shown_after_all_goes_the_next_way(runtime, platform, db, alice):
    residents.set_phone(db, alice.id, "13900000000")
    sent(runtime, platform, db, alice)
    signal(db, "templatesendjobfinish", MsgID="77", Status="failed:user block")
    assert told(db).state == "waiting"

    sending.deliver(runtime, "k1")
    assert (told(db).state, platform.asked[TEMPLATE]) == ("refused", 1)
    assert "user block" in told(db).reason


def test_who_muted_every_channel_reads_the_inbox_by_choice(runtime, platform, db, twin):
    residents.mute(db, twin.id, {"progress": ["mp", "oa", "sms"]})
    sending.deliver(runtime, tell(db, twin))

    found = told(db)
    assert (found.state, found.channel, found.reason) == ("sent", messages.INBOX, "muted")


@pytest.mark.parametrize(("offset", "asked"), [(0, 0), (12, 1)])
def test_at_night_nobody_is_disturbed(runtime, platform, db, alice, offset, asked):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    hour = (clock.now().astimezone(clock.SHANGHAI).hour + offset) % 24
    hours = f"{hour:02}:00-{(hour + 2) % 24:02}:00"
    by_night = replace(runtime, settings=replace(runtime.settings, quiet_hours=hours))
    tell(db, alice)
    with pytest.raises(Unreachable) if not asked else contextlib.nullcontext() as waits:
        sending.deliver(by_night, "k1")

    assert asked or waits.value.until.astimezone(clock.SHANGHAI).hour == (hour + 2) % 24
    assert platform.asked[TEMPLATE] == asked
    assert told(db).tries == asked


def test_messages_of_one_resident_go_out_one_after_another(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    for key in ("k1", "k2", "k3"):
        tell(db, alice, key)
    for key in ("k3", "k2"):
        with pytest.raises(Unreachable) as waits:
            sending.deliver(runtime, key)
        assert waits.value.until > clock.now()
    for key in ("k1", "k2", "k3"):
        sending.deliver(runtime, key)

    assert platform.asked[TEMPLATE] == 3
    rung = [row["outbox"] for row in db["messages"].find({"_id": {"$in": ["k2", "k3"]}})]
    assert all(each["due"] <= clock.now() for box in rung for each in box.values())


def signal(db, event, account="oa", sender="alice", **fields):
    message = Message(
        identity=f"event-{next(_COUNT)}",
        account=account,
        sender=sender,
        recipient="gh",
        kind="event",
        event=event,
        created=1,
        fields=fields,
    )
    known = Account(account, f"wx{account}", sender)
    context = Context(db, known, message, Links(""), None)
    return table.find(message).answer(context)


def sent(runtime, platform, db, alice):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, tell(db, alice))


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("success", "arrived", None),
        ("failed:user block", "waiting", "user block"),
        ("failed: system failed", "waiting", "system failed"),
    ],
)
def test_the_platforms_report_ends_the_story(runtime, platform, db, alice, status, state, reason):
    sent(runtime, platform, db, alice)
    signal(db, "templatesendjobfinish", MsgID="77", Status=status)

    found = messages.get(db, "k1")
    assert (found.state, found.reason) == (state, reason)


@pytest.mark.parametrize(("status", "state"), [("success", "arrived"), ("failed", "waiting")])
def test_a_report_that_comes_early_is_noted_in_a_moment(
    runtime, platform, db, alice, status, state
):
    early = signal(db, "templatesendjobfinish", MsgID="77", Status=status)
    sent(runtime, platform, db, alice)
    sending.report(runtime, "push", **early.after[0]["data"])

    assert messages.get(db, "k1").state == state


def test_a_subscription_message_is_reported_too(runtime, platform, db, twin):
    platform.answers[SUBSCRIBE] = {"errcode": 0, "msgid": "88"}
    sending.deliver(runtime, tell(db, twin))
    entries = ["odd", {"MsgID": ""}, {"MsgID": "88", "ErrorCode": "0", "ErrorStatus": "success"}]
    signal(db, "subscribe_msg_sent_event", "mp", "m-alice", List=entries)

    assert messages.get(db, "k1").state == "arrived"


def test_a_subscription_message_reported_early_is_noted_in_a_moment(runtime, platform, db, twin):
    platform.answers[SUBSCRIBE] = {"errcode": 0, "msgid": "88"}
    entries = [{"MsgID": "88", "ErrorCode": "20001", "ErrorStatus": "system failed"}]
    early = signal(db, "subscribe_msg_sent_event", "mp", "m-alice", List=entries)
    sending.deliver(runtime, tell(db, twin))
    sending.report(runtime, "push", **early.after[0]["data"])

    found = messages.get(db, "k1")
    assert (found.state, found.reason) == ("waiting", "20001")


def test_consent_given_in_the_popup_is_a_credit_and_refusal_is_none(db, alice):
    template = progress("mp")
    choice = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "2"}
    signal(db, "subscribe_msg_popup_event", "mp", "m-alice", List=[choice])
    assert subscriptions.left(db, "m-alice", template) == 1

    refused = choice | {"SubscribeStatusString": "reject"}
    signal(db, "subscribe_msg_popup_event", "mp", "m-alice", List=[refused])
    assert subscriptions.left(db, "m-alice", template) == 0


def test_consent_taken_back_in_the_settings_is_forgotten(db, twin):
    template = progress("mp")
    for status in ("accept", "reject"):
        choice = {"TemplateId": template, "SubscribeStatusString": status}
        signal(db, "subscribe_msg_change_event", "mp", "m-alice", List=[choice])

    assert subscriptions.left(db, "m-alice", template) == 0


class Counting(monitoring.CommandListener):
    """Every command a client sends, by its name."""

    def __init__(self):
        self.names = []

    def started(self, event):
        self.names.append(event.command_name)

    def succeeded(self, event): ...

    def failed(self, event): ...


def test_a_message_costs_five_commands_of_the_ledger(runtime, platform, db, alice, store_uri):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    tell(db, alice)
    (owed,) = db["messages"].find_one({"_id": "k1"})["outbox"].values()
    counting = Counting()
    with MongoClient(store_uri, tz_aware=True, event_listeners=[counting]) as client:
        counted = client.get_database(db.name, codec_options=db.codec_options)
        sending.deliver(replace(runtime, db=counted), "k1", **owed["data"])
        asked = list(counting.names)

    assert told(db).state == "sent"
    assert asked == ["find", "find", "find", "update", "update"]
