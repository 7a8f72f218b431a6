"""Forms: who is asked what, and every fault of the answers named at once."""

from typing import Any

import pytest

from base.store import Database
from catalogue import forms, services
from catalogue.shapes import Service

from .filling import CARD, HERSELF, HOUSE, PERSON, asked, faults


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
