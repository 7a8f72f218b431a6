"""A county's own answers are rows like ours, from the module its settings name."""

import sys
import types

import pytest

from app import county
from handlers.exchange import Text
from handlers.table import NONE, Row


@pytest.fixture
def module(monkeypatch):
    """A module of a county, to be filled."""
    found = types.ModuleType("county_answers")
    monkeypatch.setitem(sys.modules, found.__name__, found)
    return found


def test_a_county_without_a_module_adds_nothing():
    assert county.answers("") is NONE


def test_words_are_compared_as_residents_write_them_and_a_worker_answers(module):
    module.ROWS = {"“天气”？": Row(lambda _: Text(words="晴"))}

    rows = county.answers("county_answers")
    assert {words: row.where for words, row in rows.items()} == {"天气": "worker"}


def test_a_module_whose_rows_are_no_rows_is_refused(module):
    module.ROWS = {"天气": len}
    with pytest.raises(TypeError, match="county_answers"):
        county.answers("county_answers")
