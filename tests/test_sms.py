"""Text messages through Tencent's own kit to the simulated service, signatures and all."""

from dataclasses import replace

import pytest

from app import hearing, sms
from base import alarms
from base.errors import Unreachable
from people import residents
from people.residents import Account
from tracking import ledger, messages, templates

TICKET = {"number": "202611214831075", "ticket_kind": "投诉", "day": "2026-12-01"}
LETTER = templates.texts_by_phone()["letter"].id
WORDS = ["投诉", "20261121-483107-5"]


@pytest.fixture
def mode(town):
    """The standing behaviour of the service; put back afterwards."""
    yield lambda **told: town.control("POST", "/sms/mode", told)
    town.control("POST", "/sms/mode", {})
    town.control("DELETE", "/faults")
    town.runtime.wechat.oa.valves.reopen(f"sms SendSms {LETTER}")


@pytest.fixture
def person(town):
    return town.person()


def texts(town, person):
    lines = town.control("GET", f"/people/{person['id']}/chat")["lines"]
    return [each["text"] for each in lines if each["account"] == "sms"]


def sender(town, settings):
    return sms.Sender(settings, town.runtime.wechat.oa.valves)


def send(town, person, words=WORDS, template=LETTER):
    return town.runtime.sms.send(person["phone"], template, words, "context-1")


def test_a_text_reaches_its_phone_signed_and_filled(town, person, mode):
    assert send(town, person).startswith("2640:")
    (text,) = texts(town, person)
    assert text.startswith("【郎溪政务服务】您的投诉（受理编号20261121-483107-5）")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"template": "1"}, "configuration"),
        ({"words": ["只有一个"]}, "bad_data"),
        ({"words": ["", ""]}, "bad_data"),
    ],
)
def test_what_the_service_refuses_has_its_class(town, person, mode, given, kind):
    with pytest.raises(sms.Refused) as refused:
        send(town, person, **given)
    assert refused.value.kind == kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InternalError.SendAndRecvFail", "doubtful"),
        ("InternalError.JsonParseFail", "bad_data"),
        ("InternalError.RequestTimeException", "configuration"),
        ("FailedOperation.OtherError", "bad_data"),
        ("FailedOperation.FailResolvePacket", "bad_data"),
        ("NothingWeKnow", "unknown"),
    ],
)
def test_an_error_code_has_its_class_or_that_of_its_family(code, kind):
    assert sms.classify(code) == kind


def test_a_number_is_not_written_to_too_often_nor_against_its_will(town, person, mode):
    send(town, person)
    with pytest.raises(sms.Refused) as slow:
        send(town, person)
    assert (slow.value.kind, slow.value.retry) == ("slow", True)
    mode(thirty_seconds=0, day=1)
    with pytest.raises(sms.Refused) as full:
        send(town, person)
    assert (full.value.kind, full.value.retry) == ("refused", False)
    mode(thirty_seconds=0, blacklist=[f"+86{person['phone']}"])
    with pytest.raises(sms.Refused, match="Blacklist"):
        send(town, person)


def test_a_wrong_key_or_number_is_refused(town, person, mode):
    wrong = replace(town.runtime.settings, tencent_secret_key="x" * 32)
    with pytest.raises(sms.Refused) as refused:
        sender(town, wrong).send(person["phone"], "key", WORDS, "")
    assert refused.value.kind == "configuration"
    with pytest.raises(sms.Refused) as refused:
        town.runtime.sms.send("+123", LETTER, WORDS, "")
    assert refused.value.kind == "refused"


def test_a_text_that_was_cut_off_may_have_been_sent(town, person, mode):
    town.control("POST", "/faults", {"endpoint": "/", "kind": "reset_after", "times": -1})
    with pytest.raises(Unreachable) as cut:
        send(town, person)
    assert cut.value.doubtful
    assert len(texts(town, person)) == 1


def timing_out(town):
    """A service that sends the next text and answers that it timed out."""
    town.control("POST", "/faults", {"endpoint": "SendSms", "kind": "error_after"})


def test_a_text_that_timed_out_may_have_been_sent(town, person, mode):
    timing_out(town)
    with pytest.raises(Unreachable) as late:
        send(town, person)
    assert late.value.doubtful
    assert len(texts(town, person)) == 1


@pytest.mark.parametrize(
    "answer",
    [{"status": 502}, {"status": 200, "body": "{", "content_type": "application/json"}],
)
def test_an_answer_nobody_can_read_leaves_it_open(town, person, mode, answer):
    town.control("POST", "/faults", {"endpoint": "/", "kind": "status", "times": -1} | answer)
    with pytest.raises(Unreachable) as unread:
        send(town, person)
    assert not isinstance(unread.value, sms.Refused)
    assert unread.value.doubtful


def test_a_text_nobody_heard_of_was_not_sent(town):
    deaf = replace(town.runtime.settings, sms_api_url="http://127.0.0.1:1")
    with pytest.raises(Unreachable) as unheard:
        sender(town, deaf).send("13900000000", "deaf", WORDS, "")
    assert not unheard.value.doubtful


def test_without_an_account_there_are_no_texts(town):
    settings = replace(town.runtime.settings, sms_app_id="")
    assert sms.connect(settings, town.runtime.wechat.oa.valves) is None
    hearing.pull(replace(town.runtime, sms=None))


# As the last way before the inbox


@pytest.fixture
def told(town, person):
    """A message to somebody with a phone and nothing else, not yet sent."""
    town.control("PATCH", f"/people/{person['id']}", {})
    arrived = residents.arrive(town.db, Account("oa", "wx", person["oa_openid"]))
    residents.set_phone(town.db, arrived.id, person["phone"])

    def tell(key):
        given = {"kind": "ticket_answered", "resident": arrived.id, "values": TICKET}
        messages.tell(town.db, key=key, **given)
        town.eventually(lambda: messages.get(town.db, key).state not in ledger.OPEN)
        return messages.get(town.db, key)

    return tell


def ended(town, key, state):
    """Whether a message has ended so, the service asked for reports now."""
    hearing.pull(town.runtime)
    return messages.get(town.db, key).state == state


def test_who_has_only_a_phone_gets_a_text_and_its_report_counts(town, person, mode, told):
    key = f"sms:{person['id']}"
    assert told(key).channel == "sms"
    town.eventually(lambda: ended(town, key, "arrived"))
    assert len(texts(town, person)) == 1


def test_a_text_that_timed_out_is_not_repeated_while_its_report_is_awaited(
    town, person, mode, told
):
    timing_out(town)
    key = f"sms:{person['id']}"
    assert told(key).state == "unknown"
    town.eventually(lambda: ended(town, key, "arrived"))
    assert len(texts(town, person)) == 1


def test_a_carrier_that_refuses_ends_in_the_inbox(town, person, mode, told):
    fault = {"endpoint": "SendSms", "kind": "report", "status": "FAIL", "description": "MK:0001"}
    town.control("POST", "/faults", fault | {"times": -1})
    key = f"sms:{person['id']}"
    told(key)
    town.eventually(lambda: ended(town, key, "refused"))
    assert messages.get(town.db, key).channel == messages.INBOX


def test_an_empty_account_alarms_and_waits(town, person, mode):
    code = "FailedOperation.InsufficientBalanceInSmsPackage"
    town.control("POST", "/faults", {"endpoint": "SendSms", "kind": "error", "code": code})
    arrived = residents.arrive(town.db, Account("oa", "wx", person["oa_openid"]))
    residents.set_phone(town.db, arrived.id, person["phone"])
    given = {"kind": "ticket_answered", "resident": arrived.id, "values": TICKET}
    messages.tell(town.db, key=f"empty:{person['id']}", **given)
    town.eventually(
        lambda: [a for a in alarms.standing(town.db) if a["kind"] == "sms_configuration"]
    )
    alarms.clear(town.db, "sms_configuration", f"sms SendSms {LETTER}")


def test_a_service_that_is_away_is_asked_for_reports_later(town, mode):
    deaf = replace(town.runtime.settings, sms_api_url="http://127.0.0.1:1")
    hearing.pull(replace(town.runtime, sms=sender(town, deaf)))
