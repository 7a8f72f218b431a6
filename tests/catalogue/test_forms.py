"""Forms: who is asked what, and every fault of the answers named at once."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base import calendar, clock
from base.store import Database
from catalogue import forms, services
from catalogue.shapes import Service

ID = "11010519491231002X"
PERSON: dict[str, Any] = {
    "applicant_name": "王小花",
    "applicant_id_type": "111",
    "applicant_id_no": ID,
    "applicant_mobile": "13800000000",
    "applicant_region": "341821100005",
    "applicant_address": "建平镇示例路1号",
}
HERSELF = PERSON | {"is_agent": False, "result_delivery": "1"}
CARD = HERSELF | {"apply_kind": "expired"}


@pytest.fixture(scope="module")
def card(shipped: Database) -> Service:
    return services.get(shipped, "id_card_renewal")


@pytest.fixture(scope="module")
def house(shipped: Database) -> Service:
    return services.get(shipped, "real_estate_transfer")


def faults(service: Service, answers: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(forms.FormInvalid) as refused:
        forms.check(service, answers)
    assert all(each["message"] for each in refused.value.details)
    return {each["field"]: each["code"] for each in refused.value.details}


def asked(service: Service, key: str) -> Any:
    return next(each for each in forms.fields(service) if each["key"] == key)


def test_a_complete_form_passes_as_it_was_filled(card: Service) -> None:
    assert forms.check(card, CARD) == CARD


def test_an_empty_form_names_everything_it_lacks_at_once(card: Service) -> None:
    assert faults(card, {}) == {
        **dict.fromkeys(("applicant_name", "applicant_id_no", "applicant_mobile"), "required"),
        **dict.fromkeys(("applicant_id_type", "applicant_region", "is_agent"), "choose"),
        **dict.fromkeys(("apply_kind", "result_delivery"), "choose"),
        "applicant_address": "required",
    }


def test_a_fault_is_told_in_plain_chinese(card: Service) -> None:
    with pytest.raises(forms.FormInvalid) as refused:
        forms.check(card, CARD | {"applicant_id_no": "123"})

    (detail,) = refused.value.details
    assert detail["message"] == "“证件号码”不是正确的身份证号码，请核对18位号码。"


def test_hidden_questions_are_neither_needed_nor_kept(card: Service) -> None:
    clean = forms.check(card, CARD | {"agent_name": "张三", "loss_reported": "nonsense"})

    assert "agent_name" not in clean
    assert "loss_reported" not in clean


def test_questions_that_come_into_view_are_needed(card: Service) -> None:
    wrong = faults(card, CARD | {"is_agent": True, "result_delivery": "3"})

    assert set(wrong) == {
        "agent_name",
        "agent_id_no",
        "agent_relation",
        "delivery_name",
        "delivery_mobile",
        "delivery_address",
    }


def test_a_question_nobody_asked_is_named(card: Service) -> None:
    assert faults(card, CARD | {"is_admin": True}) == {"is_admin": "unknown"}


def test_other_documents_are_checked_by_shape_only(card: Service) -> None:
    clean = forms.check(card, CARD | {"applicant_id_type": "414", "applicant_id_no": "e12345678"})

    assert clean["applicant_id_no"] == "E12345678"
    bad = CARD | {"applicant_id_type": "414", "applicant_id_no": "护照"}
    assert faults(card, bad) == {"applicant_id_no": "not_document"}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("applicant_name", "王" * 31, "too_long"),
        ("applicant_name", 7, "not_text"),
        ("applicant_name", ["王"], "not_text"),
        ("applicant_mobile", "12800000000", "not_mobile"),
        ("applicant_mobile", "1380000000１２", "not_mobile"),
        ("applicant_region", "341821", "not_region"),
        ("apply_kind", "stolen", "no_such_option"),
        ("apply_kind", {"$gt": ""}, "no_such_option"),
        ("apply_kind", ["expired", "lost"], "no_such_option"),
        ("result_delivery", "4", "no_such_option"),
        ("is_agent", "maybe", "not_flag"),
        ("is_agent", 1, "not_flag"),
        ("need_temp_id", "1", "not_flag"),
        ("old_id_expiry", "明天", "not_date"),
        ("old_id_expiry", "2026-02-30", "not_date"),
        ("old_id_expiry", "0001-01-01", "not_date"),
        ("old_id_expiry", 20260101, "not_text"),
    ],
)
def test_an_answer_that_will_not_do_is_named(
    card: Service, key: str, value: Any, code: str
) -> None:
    assert faults(card, CARD | {key: value})[key] == code


def test_answers_are_brought_to_one_form(card: Service) -> None:
    said = CARD | {
        "applicant_id_no": "11010519491231002x ",
        "applicant_mobile": "+86 138-0000-0000",
        "applicant_name": " 王\u200b小花\x00 ",
        "is_agent": "false",
        "need_temp_id": "true",
        "old_id_expiry": "2027-01-31",
    }

    assert forms.check(card, said) == CARD | {"need_temp_id": True, "old_id_expiry": "2027-01-31"}


HOUSE = HERSELF | {
    "cert_no": "皖（2020）郎溪县不动产权第0000001号",
    "transfer_reason": "sale",
    "counterparty": [{"name": "李四", "document": ID, "mobile": "13900000000"}],
    "property_use": "dwelling",
    "co_ownership": "sole",
    "cert_copies": 3,
}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("cert_copies", 0, "too_small"),
        ("cert_copies", 21, "too_big"),
        ("cert_copies", 1.5, "not_whole"),
        ("cert_copies", True, "not_whole"),
        ("cert_copies", "9" * 40, "not_whole"),
        ("deal_price_yuan", "1.234", "not_decimal"),
        ("deal_price_yuan", "NaN", "not_decimal"),
        ("deal_price_yuan", "一百", "not_decimal"),
        ("deal_price_yuan", False, "not_decimal"),
        ("deal_price_yuan", "-1", "too_small"),
        ("deal_price_yuan", "1e30", "too_big"),
        ("counterparty", "李四", "not_table"),
        ("counterparty", [[]], "not_table"),
        ("counterparty", [{"name": " "}], "no_rows"),
        ("counterparty", [{"name": "李四"}] * 6, "too_many_rows"),
    ],
)
def test_numbers_and_tables_have_bounds(house: Service, key: str, value: Any, code: str) -> None:
    assert faults(house, HOUSE | {key: value}) == {key: code}


def test_faults_of_a_table_are_named_by_row_and_column(house: Service) -> None:
    rows = [HOUSE["counterparty"][0], {"name": "", "document": "1", "mobile": "1"}]

    assert faults(house, HOUSE | {"counterparty": rows}) == {
        "counterparty.1.name": "required",
        "counterparty.1.mobile": "not_mobile",
    }


def test_numbers_may_come_as_text_and_amounts_stay_text(house: Service) -> None:
    clean = forms.check(house, HOUSE | {"cert_copies": " ３ ", "deal_price_yuan": 650000.5})

    assert clean["cert_copies"] == 3
    assert clean["deal_price_yuan"] == "650000.5"


def test_a_promise_has_to_be_made(shipped: Database) -> None:
    service = services.get(shipped, "birth_registration_service")
    answers = PERSON | {"marital_status": "married", "child_order": "first"}

    said = faults(service, answers | {"due_date": "2027-01-31", "truth_promise": False})

    assert said == {"truth_promise": "agree"}
    assert faults(service, answers)["truth_promise"] == "agree"


def test_dates_of_the_past_lie_there(shipped: Database) -> None:
    newborn = services.get(shipped, "newborn_one_thing")

    assert faults(newborn, {"birth_datetime": "2199-01-01 08:00"})["birth_datetime"] == "not_past"
    assert faults(newborn, {"birth_datetime": "今早"})["birth_datetime"] == "not_datetime"
    zoned = faults(newborn, {"birth_datetime": "2026-01-01T08:00+00:00"})
    assert zoned["birth_datetime"] == "not_datetime"
    assert "birth_datetime" not in faults(newborn, {"birth_datetime": "2026-01-01 08:00"})
    relief = services.get(shipped, "temporary_relief")
    assert faults(relief, {"event_date": "2199-01-01"})["event_date"] == "not_past"


def test_months_addresses_and_patterns_are_checked(shipped: Database) -> None:
    pension = services.get(shipped, "flexible_employment_pension")
    shop = services.get(shipped, "individual_business_registration")
    relief = services.get(shipped, "temporary_relief")

    assert faults(pension, {"start_month": "2026-13"})["start_month"] == "not_month"
    assert "start_month" not in faults(pension, {"start_month": "2026-12"})
    for bad in ("javascript:alert(1)", "http://", "http://[", "http://a b"):
        assert faults(shop, {"online_shop_url": bad})["online_shop_url"] == "not_url"
    assert "online_shop_url" not in faults(shop, {"online_shop_url": "https://shop.example/1"})
    assert faults(relief, {"bank_account": "六二二"})["bank_account"] == "pattern_help"


def test_a_pattern_without_help_says_the_format_is_wrong(house: Service) -> None:
    house.form["fields"][0]["pattern"] = r"[0-9]+"

    assert faults(house, HOUSE)["cert_no"] == "pattern"
    del house.form["fields"][0]["pattern"]


def test_a_company_is_known_by_its_credit_code(shipped: Database) -> None:
    food = services.get(shipped, "food_business_license")

    assert faults(food, {"org_uscc": "11370800MB28559185"})["org_uscc"] == "not_uscc"
    assert "org_uscc" not in faults(food, {"org_uscc": "11370800mb28559184"})
    assert (
        faults(food, {"business_items": ["hot_food", "poison"]})["business_items"]
        == "no_such_option"
    )


def test_choices_keep_the_order_of_the_form(shipped: Database) -> None:
    permit = services.get(shipped, "hk_macau_permit")
    slot = asked(permit, "appointment_slot")["options"][0]["value"]
    answers = HERSELF | {"apply_kind": "first", "endorse_type": "business", "endorse_times": "once"}

    clean = forms.check(
        permit, answers | {"dest": ["macau", "hong_kong"], "appointment_slot": slot}
    )

    assert clean["dest"] == ["hong_kong", "macau"]
    assert faults(permit, answers | {"dest": [], "appointment_slot": "2020-01-01-am"}) == {
        "dest": "choose",
        "appointment_slot": "not_slot",
    }


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
