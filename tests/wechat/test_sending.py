"""A message of the ledger reaches its reader by the best channel that takes it."""

import contextlib
from dataclasses import replace

import pytest
from pymongo import MongoClient, monitoring

from app import sending
from app.wechat.verdicts import Held, Refused
from base import clock
from base.errors import Unreachable
from people import residents
from people.residents import Account
from tracking import messages, subscriptions, templates

from .telling import (
    SUBSCRIBE,
    TEMPLATE,
    alice,
    progress,
    sent,
    signal,
    story,
    tell,
    told,
    twin,
    warn,
)

__all__ = ["alice", "twin"]


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


def test_a_closed_mini_program_keeps_nobody_who_has_no_credit(runtime, platform, db, twin):
    platform.answers |= {SUBSCRIBE: {"errcode": 45009}, TEMPLATE: {"errcode": 0, "msgid": 77}}
    with pytest.raises(Refused):
        sending.deliver(runtime, tell(db, twin))
    subscriptions.empty(db, "m-alice", progress("mp"))
    sending.deliver(runtime, "k1")

    assert (told(db).state, told(db).channel) == ("sent", "oa")


def used_up(runtime, platform, db, resident, path):
    """A message that waits until tomorrow, for what it goes by is used up today."""
    platform.answers[path] = {"errcode": 45009}
    with pytest.raises(Refused):
        sending.deliver(runtime, tell(db, resident))


def test_an_urgent_message_goes_past_one_held_until_tomorrow_and_past_its_way(
    runtime, platform, db, twin
):
    security = templates.templates()["security"].ids["mp"]
    subscriptions.credit(db, "m-alice", security, source="popup", report="r9")
    used_up(runtime, platform, db, twin, SUBSCRIBE)
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, warn(db, twin))

    assert story(db, "k9") == [("skipped", "mp"), ("opened", "oa"), ("sent", "oa")]
    assert told(db).state == "waiting"


def test_an_urgent_message_waits_where_its_only_way_is_closed(runtime, platform, db, alice):
    used_up(runtime, platform, db, alice, TEMPLATE)
    with pytest.raises(Held):
        sending.deliver(runtime, warn(db, alice))

    assert told(db, "k9").state == "waiting"


def test_a_template_that_is_of_no_use_is_asked_for_once_and_passed_by(runtime, platform, db, twin):
    platform.answers |= {SUBSCRIBE: {"errcode": 43107}, TEMPLATE: {"errcode": 0, "msgid": 77}}
    for key in ("k1", "k2"):
        sending.deliver(runtime, tell(db, twin, key))

    assert platform.asked[SUBSCRIBE] == 1
    assert story(db, "k2") == [("failed", "mp"), ("opened", "oa"), ("sent", "oa")]


def test_who_has_no_way_but_a_template_of_no_use_is_told_of_to_operators(
    runtime, platform, db, alice
):
    platform.answers[TEMPLATE] = {"errcode": 43116}
    for key in ("k1", "k2"):
        sending.deliver(runtime, tell(db, alice, key))

    assert [told(db, key).state for key in ("k1", "k2")] == ["failed", "failed"]
    assert told(db, "k2").reason == "stopped"
    assert platform.asked[TEMPLATE] == 1


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
    residents.mute(db, twin.id, {"progress": list(templates.channels())})
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
    with MongoClient(store_uri(), tz_aware=True, event_listeners=[counting]) as client:
        counted = client.get_database(db.name, codec_options=db.codec_options)
        sending.deliver(replace(runtime, db=counted), "k1", **owed["data"])
        asked = list(counting.names)

    assert told(db).state == "sent"
    assert asked == ["find", "find", "find", "update", "update"]
