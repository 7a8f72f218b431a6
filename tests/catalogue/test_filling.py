"""Filling a form: what is offered, what a posted form means, and answers of every kind."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from base import calendar, clock
from base.store import Database
from catalogue import forms, services
from catalogue.shapes import Service

from .filling import CARD, HOUSE, ID, asked


def test_slots_are_half_days_of_the_next_ten_working_days(shipped: Database) -> None:
    slots = asked(services.get(shipped, "passport_issue"), "appointment_slot")["options"]

    days = [clock.today().fromisoformat(each["value"][:10]) for each in slots]
    assert len(slots) == 20
    assert all(day > clock.today() and calendar.is_working_day(day) for day in days)
    assert "上午" in slots[0]["label"]


def test_the_form_is_asked_in_the_order_people_think(card: Service) -> None:
    assert [group.name for group in forms.groups(card)] == [
        "person_applicant",
        "agent",
        "own",
        "delivery",
    ]
    assert [each["value"] for each in asked(card, "result_delivery")["options"]] == ["1", "3"]


def test_a_posted_form_reads_as_answers(house: Service) -> None:
    posted = {
        "csrf_token": ["x"],
        "applicant_name": ["王小花"],
        "counterparty.0.name": ["李四"],
        "counterparty.0.mobile": ["13900000000"],
        "counterparty.1.name": [" "],
        "deal_price_yuan": [""],
        "is_agent": ["false"],
    }

    assert forms.answers(house, posted) == {
        "applicant_name": "王小花",
        "counterparty": [{"name": "李四", "mobile": "13900000000"}],
        "is_agent": "false",
    }


def test_many_choices_are_posted_as_many_values(shipped: Database) -> None:
    permit = services.get(shipped, "hk_macau_permit")

    assert forms.answers(permit, {"dest": ["hong_kong", "macau"]}) == {
        "dest": ["hong_kong", "macau"]
    }
    assert forms.answers(permit, {}) == {}


def test_answers_are_told_in_the_words_of_the_form(house: Service, shipped: Database) -> None:
    story = {question["key"]: words for question, words in forms.story(house, HOUSE)}
    permit = services.get(shipped, "hk_macau_permit")

    assert story["property_use"] == "住宅"
    assert story["is_agent"] == "否"
    assert story["counterparty"] == f"李四，{ID}，13900000000"
    assert forms.spoken(asked(permit, "dest"), ["hong_kong", "macau"]) == "香港、澳门"
    assert (
        forms.spoken(asked(permit, "appointment_slot"), "2026-11-24-pm") == "11月24日 星期二 下午"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.data())
def test_whatever_is_sent_is_answered_with_faults_or_clean_answers(
    shipped: Database, data: st.DataObject
) -> None:
    service = data.draw(st.sampled_from(services.browse(shipped)[::4]))
    keys = [each["key"] for each in forms.fields(service)]
    answers = data.draw(
        st.dictionaries(st.sampled_from(keys) | st.text(max_size=9), JSON, max_size=12)
    )

    with suppress(forms.FormInvalid):
        assert set(forms.check(service, answers)) <= set(keys)


@given(st.sampled_from(["expired", "damaged", "corrected", "lost"]), st.booleans(), st.booleans())
def test_clean_answers_are_clean_again(
    card: Service, kind: str, temporary: bool, lost: bool
) -> None:
    said = CARD | {"apply_kind": kind, "need_temp_id": temporary, "loss_reported": lost}

    clean = forms.check(card, said)

    assert forms.check(card, clean) == clean
    assert ("loss_reported" in clean) is (kind == "lost")
