"""Check digits of people's and companies' numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.identity_numbers import (
    BadIdNumber,
    BadUscc,
    birth_date,
    check_id_number,
    check_uscc,
    id_check_digit,
    uscc_check_character,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SEVENTEEN = st.builds(
    lambda region, day, serial: f"{region}{day:%Y%m%d}{serial:03}",
    st.integers(110000, 820000),
    st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)),
    st.integers(0, 999),
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_an_identity_number_is_brought_to_one_form(text: str) -> None:
    assert check_id_number(text) == "11010519491231002X"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "110105194912310021",
        "11010519491231002",
        "11010519491331002X",
        "X1010519491231002X",
        "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X",
        "110105-19491231-002X",
    ],
)
def test_what_is_no_identity_number_is_refused(text: str) -> None:
    with pytest.raises(BadIdNumber):
        check_id_number(text)


@pytest.mark.parametrize("born", ["18491231", "29991231", "20230229"])
def test_a_birthday_that_cannot_be_is_refused(born: str) -> None:
    first = f"110105{born}002"

    with pytest.raises(BadIdNumber):
        check_id_number(first + id_check_digit(first))


def test_an_abolished_region_is_still_somebodys_birthplace() -> None:
    first = "34252219800101001"

    assert check_id_number(first + id_check_digit(first))


@given(SEVENTEEN, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(first: str, place: int, shift: int) -> None:
    number = first + id_check_digit(first)
    assert check_id_number(number) == number
    assert f"{birth_date(number):%Y%m%d}" == number[6:14]
    wrong = str((int(number[place]) + shift) % 10)

    with pytest.raises(BadIdNumber):
        check_id_number(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("text", ["11370800MB28559184", "12441500196720244T", "11370800mb28559184"])
def test_real_credit_codes_pass(text: str) -> None:
    assert check_uscc(text) == text.upper()


@pytest.mark.parametrize(
    "text", ["", "11370800MB28559185", "11370800MB2855918", "11370800MI28559184"]
)
def test_what_is_no_credit_code_is_refused(text: str) -> None:
    with pytest.raises(BadUscc):
        check_uscc(text)


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_always_noticed(first: str, place: int, letter: str) -> None:
    code = first + uscc_check_character(first)
    assert check_uscc(code) == code
    wrong = code[:place] + letter + code[place + 1 :]

    if wrong != code:
        with pytest.raises(BadUscc):
            check_uscc(wrong)
