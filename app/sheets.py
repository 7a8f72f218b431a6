"""Tables on their way into a spreadsheet, as Excel or CSV: words stay words, never formulas."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import xlsxwriter
from flask import Response

from base import money
from base.errors import Missing

_ACTIVE: Final = tuple("=+-@\t\r\n＝＋－＠")
_WIDTH: Final = 18
_HUNDRED: Final = Decimal(100)
_SHEET_NAME: Final = 31


@dataclass(frozen=True)
class Sheet:
    """A table with its head; the columns counted in `fen` hold integers and are shown in yuan."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[str | int]]
    fen: frozenset[int] = frozenset()


def excel(sheet: Sheet) -> bytes:
    """An .xlsx file, made in memory: strings as strings, sums as numbers with two decimals."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        bold, sums = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        page = book.add_worksheet(sheet.title[:_SHEET_NAME])
        page.set_column(0, len(sheet.head) - 1, _WIDTH)
        page.freeze_panes(1, 0)
        for column, words in enumerate(sheet.head):
            page.write_string(0, column, words, bold)
        for line, row in enumerate(sheet.rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(line, column, value)
                elif column in sheet.fen:
                    page.write_number(line, column, Decimal(value) / _HUNDRED, sums)
                else:
                    page.write_number(line, column, value)
    return made.getvalue()


def comma_separated(sheet: Sheet) -> bytes:
    """A .csv file that Excel opens as UTF-8; words that a spreadsheet would run are quoted."""
    made = io.StringIO()
    page = csv.writer(made)
    page.writerow([_tame(each) for each in sheet.head])
    for row in sheet.rows:
        page.writerow([_shown(sheet, column, value) for column, value in enumerate(row)])
    return made.getvalue().encode("utf-8-sig")


def _shown(sheet: Sheet, column: int, value: str | int) -> str | int:
    if isinstance(value, str):
        return _tame(value)
    return money.yuan(value) if column in sheet.fen else value


def _tame(words: str) -> str:
    return f"'{words}" if words.startswith(_ACTIVE) else words


@dataclass(frozen=True)
class _Format:
    type: str
    make: Callable[[Sheet], bytes]


FORMATS: Final[Mapping[str, _Format]] = MappingProxyType(
    {
        "xlsx": _Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", excel),
        "csv": _Format("text/csv; charset=utf-8", comma_separated),
    }
)


def send(sheet: Sheet, name: str, format: str) -> Response:
    """A table as a file to be saved; `format` is one of FORMATS, anything else is Missing."""
    if format not in FORMATS:
        raise Missing
    chosen = FORMATS[format]
    response = Response(chosen.make(sheet), content_type=chosen.type)
    saved = f"attachment; filename*=UTF-8''{quote(f'{name}.{format}')}"
    response.headers["Content-Disposition"] = saved
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
