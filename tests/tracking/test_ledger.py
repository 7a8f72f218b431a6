"""Every step of a message is one guarded write, told in its story; its turn is kept."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo import MongoClient, monitoring

from base import clock
from base.errors import Unreachable
from people import residents
from people.preferences import Reach
from tracking import ledger, messages, reports, templates, undeliverable, ways
from tracking.ways import Way

from ..people.threads import at_once

TICKET = {"number": "202611214831075", "ticket_kind": "投诉", "day": "2026年12月1日"}


MP, OA = Way("mp", address="a"), Way("oa", address="a")


@pytest.fixture
def tell(db):
    def told(key="m1", kind="ticket_answered", resident="r1"):
        messages.tell(db, key=key, kind=kind, resident=resident, values=TICKET)
        message, _ = ledger.line(db, key)
        return message

    return told


def states(db, key="m1"):
    found = messages.get(db, key)
    return found.state, found.channel, found.reason


def test_a_send_is_opened_once_however_many_try(db, tell):
    message = tell()
    opened = at_once(*[lambda: ledger.start(db, message, OA, [])] * 6)
    assert len([each for each in opened if each]) == 1
    assert messages.get(db, "m1").tries == 1


def test_a_message_sent_arrives_once(db, tell):
    message = ledger.start(db, tell(), OA, [])
    assert ledger.accepted(db, message, "35")
    assert ledger.accepted(db, message, "36") is None
    assert reports.note(db, "35", "")
    assert reports.note(db, "35", "user block")
    assert states(db) == ("arrived", "oa", None)


def test_what_was_not_shown_goes_on_to_the_next_channel(db, tell):
    ledger.accepted(db, ledger.start(db, tell(), OA, []), "35")
    reports.note(db, "35", "user block")
    row = messages.get(db, "m1").row
    assert (row["state"], row["passed"], row["open"]) == ("waiting", ["oa"], True)
    assert len(row["outbox"]) == 2


def test_what_no_channel_took_ends_by_the_worst_of_them(db, tell):
    message = ledger.passed(db, ledger.start(db, tell(), MP, []), "refused", "43101")
    message = ledger.passed(db, ledger.start(db, message, OA, []), "failed", "47003")
    ledger.settle(db, message, [ledger.note("skipped", "sms", "no_phone")])
    assert states(db) == ("failed", "inbox", "47003")
    assert ledger.again(db, "m1", "operator:chen")
    message, _ = ledger.line(db, "m1")
    ledger.settle(db, message, [])
    assert states(db) == ("given_up", "inbox", None)
    outcomes = [each["outcome"] for each in messages.get(db, "m1").row["history"]]
    assert outcomes[-2:] == ["again", "given_up"]


def test_only_what_reached_nobody_is_sent_again(db, tell):
    assert not ledger.again(db, "nothing", "operator:chen")
    ledger.accepted(db, ledger.start(db, tell(), OA, []), "35")
    assert not ledger.again(db, "m1", "operator:chen")


def test_a_new_round_bears_a_new_id(db, tell):
    first = ledger.start(db, tell(), OA, [])
    ledger.settle(db, ledger.passed(db, first, "failed", "x"), [])
    ledger.again(db, "m1", "operator:chen")
    message, _ = ledger.line(db, "m1")
    again = ledger.start(db, message, OA, [])
    assert again.row["client"] != first.row["client"]


def test_a_message_that_has_ended_has_no_turn(db, tell):
    ledger.settle(db, tell(), [])
    assert ledger.line(db, "m1") == (None, None)
    with pytest.raises(messages.NoSuchMessage):
        ledger.line(db, "m9")


def test_the_one_before_rings_the_one_that_waits_even_if_both_meet(db, tell):
    first, second = tell("m1"), tell("m2")
    _, before = ledger.line(db, "m2", "r1", second.row["turn"])
    opened = ledger.start(db, first, OA, [])
    with pytest.raises(Unreachable) as waits:
        ledger.wait_for(db, second, before)
    assert waits.value.until > clock.now()
    assert ledger.accepted(db, opened, "35")
    (owed,) = messages.get(db, "m2").row["outbox"].values()
    assert owed["due"] <= clock.now()
    assert ledger.wait_for(db, second, before) is None


def test_one_under_way_is_waited_for_only_shortly(db, tell):
    first, second = tell("m1"), tell("m2")
    ledger.start(db, first, OA, [])
    _, before = ledger.line(db, "m2")
    before["due"] = clock.now() + timedelta(hours=1)
    with pytest.raises(Unreachable) as waits:
        ledger.wait_for(db, second, before)
    assert waits.value.until < clock.now() + timedelta(seconds=6)


def test_an_urgent_message_waits_for_urgent_ones_only(db, tell):
    tell("m1")
    joined = {"kind": "account_joined", "resident": "r1", "values": {}}
    for key in ("m2", "m3"):
        messages.tell(db, key=key, **joined)
    third, before = ledger.line(db, "m3")
    assert before["_id"] == "m2"
    second, before = ledger.line(db, "m2")
    assert before["_id"] == "m1"
    assert ledger.urgent_before(db, second) is None
    assert ledger.urgent_before(db, third)["_id"] == "m2"


# Reports that bear no id


def sent(db, tell, key, address="a"):
    message = tell(key)
    return ledger.accepted(db, ledger.start(db, message, Way("mp", address=address), []), None)


def test_a_report_without_an_id_is_for_the_oldest_that_was_taken(db, tell):
    sent(db, tell, "m1")
    sent(db, tell, "m2")
    assert reports.note(db, "77", "", "a")
    assert (states(db, "m1")[0], states(db, "m2")[0]) == ("arrived", "sent")
    assert reports.note(db, "77", "", "a")
    assert states(db, "m2")[0] == "sent"


def test_a_message_nobody_knows_was_sent_has_the_last_claim(db, tell):
    ledger.doubt(db, ledger.start(db, tell("m1"), MP, []), "cut off")
    sent(db, tell, "m2")
    reports.note(db, "77", "", "a")
    assert (states(db, "m1")[0], states(db, "m2")[0]) == ("unknown", "arrived")
    reports.note(db, "78", "", "a")
    assert states(db, "m1")[0] == "arrived"


def test_a_report_about_nobody_is_about_nobody(db, tell):
    sent(db, tell, "m1")
    assert not reports.note(db, "77", "", "elsewhere")
    assert not reports.note(db, "", "", "")
    assert not reports.by_key(db, "m1", "77", "")


class Meanwhile(monitoring.CommandListener):
    """Something that happens just before the first write of a client."""

    def __init__(self, act):
        self.act = act

    def started(self, event):
        if event.command_name == "update" and self.act:
            act, self.act = self.act, None
            act()

    def succeeded(self, event): ...

    def failed(self, event): ...


@contextmanager
def meanwhile(db, store_uri, act):
    """The same store, where something happens between a reading and its writing."""
    with MongoClient(store_uri(), tz_aware=True, event_listeners=[Meanwhile(act)]) as client:
        yield client.get_database(db.name, codec_options=db.codec_options)


def test_a_report_that_meets_the_answer_to_our_call_is_looked_at_again(db, tell, store_uri):
    opened = ledger.start(db, tell(), MP, [])
    with meanwhile(db, store_uri, lambda: ledger.accepted(db, opened, None)) as slow:
        assert not reports.note(slow, "77", "", "a")
    assert states(db)[0] == "sent"
    assert reports.note(db, "77", "", "a")
    assert states(db)[0] == "arrived"


def test_a_text_report_that_meets_the_answer_to_our_call_is_kept(db, tell, store_uri):
    opened = ledger.start(db, tell(), Way("sms", address="a"), [])
    with meanwhile(db, store_uri, lambda: ledger.accepted(db, opened, "9")) as slow:
        assert reports.by_key(slow, "m1", "9", "")
    assert states(db)[0] == "arrived"


def busy(db, tell):
    """A message of which the mini-program's platform said that it was busy."""
    message = ledger.start(db, tell(), MP, [])
    return ledger.put_back(db, message, "-1", unsure=True)


def test_a_report_on_what_was_called_unsent_is_believed(db, tell):
    busy(db, tell)
    assert reports.note(db, "77", "", "a")
    assert states(db)[0] == "arrived"


def test_a_report_finds_nothing_unsure_in_a_message_that_goes_by_another_channel(db, tell):
    busy(db, tell)
    assert reports.note(db, "77", "20001", "a")
    assert reports.note(db, "77", "", "a")
    assert not reports.note(db, "78", "", "a")
    assert (states(db)[0], messages.get(db, "m1").row["passed"]) == ("waiting", ["mp"])


@pytest.mark.parametrize("channel", templates.channels())
def test_what_a_channel_took_and_never_reported_on_is_in_doubt_after_a_day(db, tell, channel):
    ledger.accepted(db, ledger.start(db, tell(), Way(channel, address="a"), []), "35")
    clock.move(db, 25 * 3600)
    reports.doubt_silent(db)
    assert states(db) == ("unknown", channel, "silent")


# The ways


REACH = Reach("r1", {"oa": "o-oa", "mp": "o-mp", "biz": "o-oa"}, None, {})


def test_ways_are_tried_in_the_order_of_their_kind(db, tell):
    ids = templates.kinds()["ticket_answered"].template.ids
    found = [(way.channel, way.closed, way.template) for way in ways.of(tell(), REACH, sms=True)]
    assert found == [
        ("mp", None, ids["mp"]),
        ("oa", None, ids["oa"]),
        ("biz", None, ids["biz"]),
        ("sms", "no_phone", ""),
    ]


def closed(message, reach=REACH, sms=True):
    return {way.channel: way.closed for way in ways.of(message, reach, sms=sms)}


def test_a_way_that_is_closed_says_why(db, tell):
    resident = residents.arrive(db, residents.Account("oa", "wx", "o1"))
    residents.set_phone(db, resident.id, "13900000000")
    reach = residents.reach(db, resident.id)
    none = "no_account"
    assert closed(tell(), reach) == {"mp": none, "oa": none, "biz": None, "sms": None}
    assert closed(tell(), reach, sms=False)["sms"] == "not_set_up"
    assert closed(tell("m2", "ticket_received"), reach)["sms"] == "no_template"
    muted = replace(reach, muted={"letters": ["sms"]})
    assert closed(tell(), muted)["sms"] == "muted"


def test_a_channel_that_was_passed_is_not_tried_again(db, tell):
    message = ledger.passed(db, ledger.start(db, tell(), MP, []), "refused", "43101")
    assert list(closed(message)) == ["oa", "biz", "sms"]


# The lists of the console


def test_lists_bound_what_they_show(db, tell):
    for n in range(3):
        ledger.settle(db, tell(f"m{n}", resident=f"r{n}"), [])
        clock.move(db, n + 1)
    assert len(undeliverable.page(db, limit=2)) == 2
    assert undeliverable.count(db, 5) == 0
    found = undeliverable.search(db, undeliverable.Asked(residents=("r1",)))
    assert [each.key for each in found] == ["m1"]
