"""Numbers people read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base import numbers


def test_a_number_survives_being_read_aloud():
    number = numbers.new()
    assert numbers.tidy(numbers.spoken(number)) == number


@given(place=st.integers(0, 14), digit=st.integers(1, 9))
def test_one_wrong_digit_is_noticed(place, digit):
    number = numbers.new()
    wrong = str((int(number[place]) + digit) % 10)
    with pytest.raises(numbers.BadNumber):
        numbers.tidy(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("text", ["", "123", "abc", "２０２６", "9" * 16])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(numbers.BadNumber):
        numbers.tidy(text)
