"""A text message waits while its service is away or refuses us, and nothing of it is tried."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app import sending, sms
from app.wechat.verdicts import Held
from base import clock
from base.errors import Unreachable
from people import residents
from people.residents import Account
from tracking import messages, templates

from .telling import story, told
from .valving import standing

LETTER = templates.texts_by_phone()["letter"].id
TICKET = {"number": "202611214831075", "ticket_kind": "投诉", "day": "2026-12-01"}
OPENS = 5


@pytest.fixture
def valves(line):
    return line.valves


@pytest.fixture
def deaf(runtime, valves, settings):
    """A town whose text messages nobody hears."""
    secret = {"tencent_secret_id": "id", "tencent_secret_key": "key"}
    nowhere = replace(settings, sms_api_url="http://127.0.0.1:1", sms_app_id="1", **secret)
    return replace(runtime, sms=sms.Sender(nowhere, valves))


@pytest.fixture
def letter(db):
    """A message to somebody who has only a telephone."""
    arrived = residents.arrive(db, Account("oa", "wxoa", "carol"))
    residents.set_phone(db, arrived.id, "13900000000")
    messages.tell(db, key="k1", kind="ticket_answered", resident=arrived.id, values=TICKET)
    return "k1"


def fail(town, template=LETTER):
    with pytest.raises(Unreachable) as error:
        town.sms.send("13900000000", template, ["1", "2"], "")
    return error.value


def test_a_service_nobody_hears_is_asked_no_more_until_it_is_tried(deaf, db, letter):
    failures = [fail(deaf) for _ in range(OPENS)]
    assert [bool(each.until) for each in failures] == [False] * (OPENS - 1) + [True]
    assert standing(db)["sms_outage"]["facts"]["endpoint"] == "SendSms"
    with pytest.raises(Held) as waits:
        sending.deliver(deaf, letter)
    assert (told(db).state, told(db).tries, story(db)) == ("waiting", 0, [])
    assert waits.value.until < clock.now() + timedelta(minutes=1)


def test_a_template_that_fails_closes_no_other(deaf, db, letter):
    for _ in range(OPENS):
        fail(deaf, "another")
    with pytest.raises(Unreachable) as unheard:
        sending.deliver(deaf, letter)
    assert (unheard.value.until, story(db)[-1]) == (None, ("delayed", "sms"))


def test_a_service_that_answers_again_ends_its_alarm(deaf, db, valves):
    for _ in range(OPENS):
        fail(deaf)
    valves.worked("sms", f"SendSms {LETTER}")
    assert "sms_outage" in standing(db)
    clock.move(db, 3600)
    valves.worked("sms", f"SendSms {LETTER}")
    assert "sms_outage" not in standing(db)
