"""What leaves for a spreadsheet holds no formula, and its sums are sums."""

import io
import zipfile

import pytest
from flask import Flask

from app import sheets
from base.errors import Missing

SHEET = sheets.Sheet(
    "收入", ("事项", "笔数", "金额（元）"), [("=1+1", 2, 8000), ("不动产", 1, -5)], frozenset({2})
)


def test_a_word_that_looks_like_a_formula_stays_a_word_in_excel() -> None:
    with zipfile.ZipFile(io.BytesIO(sheets.excel(SHEET))) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        shared = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in page
    assert "<t>=1+1</t>" in shared
    assert "<v>80</v>" in page
    assert "<v>-0.05</v>" in page


def test_a_word_that_looks_like_a_formula_is_tamed_in_csv() -> None:
    told = sheets.comma_separated(SHEET).decode("utf-8-sig").splitlines()
    assert told == ["事项,笔数,金额（元）", "'=1+1,2,80.00", "不动产,1,-0.05"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_table_is_sent_as_a_file_to_be_saved(kind: str) -> None:
    with Flask(__name__).app_context():
        sent = sheets.send(SHEET, "收入", kind)
    assert sent.headers["Content-Disposition"].endswith(f".{kind}")
    assert sent.headers["X-Content-Type-Options"] == "nosniff"


def test_an_unknown_format_is_missing() -> None:
    with pytest.raises(Missing):
        sheets.send(SHEET, "收入", "exe")
