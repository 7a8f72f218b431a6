"""One check per kind of question: what a person sent in, the clean value or one sentence out."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError

from base import clock
from base.identity_numbers import BadIdNumber, BadUscc, check_id_number, check_uscc
from base.texts import say

from .conditions import holds
from .shapes import FormField

_LONGEST = {"text": 100, "textarea": 1000, "url": 300}
_MOST = 1_000_000_000
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_DOCUMENT = re.compile(r"[0-9A-Za-z()-]{5,30}")
_REGION = re.compile(r"[1-8][0-9]{11}|outside")
_MONTH = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")
_WHOLE = re.compile(r"-?[0-9]{1,12}")


class Wrong(ValidationError):
    """An answer that will not do: the code for programs, the sentence for its owner."""

    def __init__(self, question: FormField, code: str, **values: object) -> None:
        message = say(f"catalogue.form.{code}", label=question["label"], **values)
        super().__init__([{"code": code, "message": message}])


def check(question: FormField, value: Any, answers: Mapping[str, Any]) -> Any:
    """The clean value of one answer; raises Wrong, or ValidationError by row for a table."""
    clean = _CHECKS[question["type"]](question, value, answers)
    if question.get("must_agree") and clean is not True:
        raise Wrong(question, "agree")
    return clean


def missing(question: FormField) -> Wrong:
    """The sentence for a question that has to be answered and was not."""
    if question.get("must_agree"):
        return Wrong(question, "agree")
    picked = question["type"] in ("select", "radio", "multiselect", "boolean", "slot", "region")
    return Wrong(question, "choose" if picked else "required")


def is_blank(value: Any) -> bool:
    """Whether nothing was answered; False and 0 are answers."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _tidy(question: FormField, value: Any) -> str:
    """Plain text: canonical, trimmed, without control characters."""
    if not isinstance(value, str):
        raise Wrong(question, "not_text")
    lines = "\n\t" if question["type"] == "textarea" else ""
    said = unicodedata.normalize("NFC", value.replace("\r\n", "\n"))
    return "".join(c for c in said if c in lines or unicodedata.category(c)[0] != "C").strip()


def _text(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    text = _tidy(question, value)
    most = question.get("max_length") or _LONGEST[question["type"]]
    if len(text) > most:
        raise Wrong(question, "too_long", most=most)
    pattern = question.get("pattern")
    if pattern and not re.fullmatch(pattern, text):
        told = question.get("help")
        raise Wrong(question, "pattern_help", help=told) if told else Wrong(question, "pattern")
    return text


def _select(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    if value not in [option["value"] for option in question.get("options", [])]:
        raise Wrong(question, "not_slot" if question["type"] == "slot" else "no_such_option")
    return str(value)


def _multiselect(question: FormField, value: Any, answers: Mapping[str, Any]) -> list[str]:
    given = value if isinstance(value, list) else [value]
    chosen = [_select(question, each, answers) for each in given]
    return [o["value"] for o in question.get("options", []) if o["value"] in chosen]


def _boolean(question: FormField, value: Any, _: Mapping[str, Any]) -> bool:
    for said in (True, False):
        if value is said or value == str(said).lower():
            return said
    raise Wrong(question, "not_flag")


def _date(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    try:
        day = date.fromisoformat(_tidy(question, value))
    except ValueError:
        raise Wrong(question, "not_date") from None
    if day.year < 1900 or day.year > 2200:
        raise Wrong(question, "not_date")
    if question.get("past") and day > clock.today():
        raise Wrong(question, "not_past")
    return day.isoformat()


def _month(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    text = _tidy(question, value)
    if not _MONTH.fullmatch(text):
        raise Wrong(question, "not_month")
    return text


def _datetime(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    """A moment of local time, to the minute, without a zone: our residents live in one."""
    try:
        moment = datetime.fromisoformat(_tidy(question, value))
    except ValueError:
        raise Wrong(question, "not_datetime") from None
    if moment.tzinfo is not None or moment.year < 1900:
        raise Wrong(question, "not_datetime")
    if question.get("past") and moment.replace(tzinfo=clock.SHANGHAI) > clock.now():
        raise Wrong(question, "not_past")
    return moment.isoformat(timespec="minutes")


def _integer(question: FormField, value: Any, _: Mapping[str, Any]) -> int:
    said = unicodedata.normalize("NFKC", str(value)).strip()
    if isinstance(value, bool) or not _WHOLE.fullmatch(said):
        raise Wrong(question, "not_whole")
    _bounded(question, Decimal(said))
    return int(said)


def _decimal(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    """A decimal number as text, so that no float ever holds an amount."""
    places = question.get("places", 2)
    try:
        number = Decimal(unicodedata.normalize("NFKC", str(value)).strip())
    except InvalidOperation:
        raise Wrong(question, "not_decimal", places=places) from None
    exponent = number.as_tuple().exponent
    if isinstance(value, bool) or not isinstance(exponent, int) or -exponent > places:
        raise Wrong(question, "not_decimal", places=places)
    _bounded(question, number)
    return format(number, "f")


def _bounded(question: FormField, number: Decimal) -> None:
    least, most = question.get("min", -_MOST), question.get("max", _MOST)
    if number < least:
        raise Wrong(question, "too_small", least=least)
    if number > most:
        raise Wrong(question, "too_big", most=most)


def _id_number(question: FormField, value: Any, answers: Mapping[str, Any]) -> str:
    """An identity number by its check digit; other documents (see `check_if`) by shape only."""
    text = _tidy(question, value)
    if not holds(question.get("check_if"), answers):
        document = unicodedata.normalize("NFKC", text).upper()
        if not _DOCUMENT.fullmatch(document):
            raise Wrong(question, "not_document")
        return document
    try:
        return check_id_number(text)
    except BadIdNumber:
        raise Wrong(question, "not_id_number") from None


def _uscc(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    try:
        return check_uscc(_tidy(question, value))
    except BadUscc:
        raise Wrong(question, "not_uscc") from None


def _mobile(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", _tidy(question, value)))
    digits = digits.removeprefix("+86")
    if not _MOBILE.fullmatch(digits):
        raise Wrong(question, "not_mobile")
    return digits


def _region(question: FormField, value: Any, _: Mapping[str, Any]) -> str:
    code = _tidy(question, value)
    if not _REGION.fullmatch(code):
        raise Wrong(question, "not_region")
    return code


def _url(question: FormField, value: Any, answers: Mapping[str, Any]) -> str:
    text = _text(question, value, answers)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Wrong(question, "not_url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise Wrong(question, "not_url")
    return text


def _table(question: FormField, value: Any, _: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of answers; a row left wholly blank is no row."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Wrong(question, "not_table")
    rows = [row for row in value if not all(is_blank(each) for each in row.values())]
    if not rows and question["required"]:
        raise Wrong(question, "no_rows")
    most = question.get("max_rows", 20)
    if len(rows) > most:
        raise Wrong(question, "too_many_rows", most=most)
    clean, wrong = [], {}
    for n, row in enumerate(rows):
        try:
            clean.append(_row(question["columns"], row))
        except ValidationError as faults:
            wrong[n] = faults.messages
    if wrong:
        raise ValidationError(wrong)
    return clean


def _row(columns: list[FormField], row: Mapping[str, Any]) -> dict[str, Any]:
    clean, wrong = {}, {}
    for column in columns:
        value = row.get(column["key"])
        try:
            if not is_blank(value):
                clean[column["key"]] = check(column, value, row)
            elif column["required"]:
                raise missing(column)
        except ValidationError as fault:
            wrong[column["key"]] = fault.messages
    if wrong:
        raise ValidationError(wrong)
    return clean


_CHECKS: dict[str, Callable[[FormField, Any, Mapping[str, Any]], Any]] = {
    "text": _text, "textarea": _text, "select": _select, "radio": _select, "slot": _select,
    "multiselect": _multiselect, "boolean": _boolean, "date": _date, "month": _month,
    "datetime": _datetime, "integer": _integer, "decimal": _decimal, "id_number": _id_number,
    "uscc": _uscc, "mobile": _mobile, "region": _region, "url": _url, "table": _table,
}  # fmt: skip
