"""What values the keywords of template and subscription messages may have, by type prefix."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
DAY = r"(\d{4}年\d{1,2}月(\d{1,2}日)?|\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?)"
LONGEST_TEXT = 48


def matches(pattern: str) -> Callable[[str], bool]:
    """Return whether a whole value has this form."""
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def within(limit: int) -> Callable[[str], bool]:
    """Return whether a value has at most so many characters; a Chinese one counts as one."""
    return lambda value: len(value) <= limit


def symbols(value: str) -> bool:
    """At most five characters, none of them a letter or digit."""
    return len(value) <= 5 and all(unicodedata.category(one)[0] in "PS" for one in value)


def name(value: str) -> bool:
    """At most ten characters if any is Chinese, else at most twenty; no digits."""
    limit = 10 if re.search(f"[{HAN}]", value) else 20
    return len(value) <= limit and not re.search(r"\d", value)


RULES: dict[str, Callable[[str], bool]] = {
    "thing": within(20),
    "const": within(20),
    "enum": within(20),
    "number": matches(r"-?\d{1,32}(\.\d+)?"),
    "letter": matches(r"[A-Za-z]{1,32}"),
    "symbol": symbols,
    "character_string": matches(r"[\x20-\x7e]{1,32}"),
    "time": matches(rf"({DAY} ?)?{CLOCK}(~({DAY} ?)?{CLOCK})?"),
    "date": matches(rf"{DAY}( ?{CLOCK})?(~{DAY}( ?{CLOCK})?)?"),
    "amount": matches(r"[¥￥$€£]?\d{1,10}(\.\d+)?元?"),
    "phone_number": matches(r"[\d+\-() ]{1,17}"),
    "car_number": matches(rf"[{HAN}A-Z0-9]?[A-Z0-9·]{{1,6}}[{HAN}A-Z0-9]?"),
    "name": name,
    "phrase": matches(rf"[{HAN}]{{1,5}}"),
}


def fits(keyword: str, value: str) -> bool:
    """Whether a value may stand under a keyword such as "thing3"; an unknown type takes nothing."""
    if not value.strip() or any(unicodedata.category(one) == "Cc" for one in value):
        return False
    rule = RULES.get(keyword.rstrip("0123456789"))
    return rule is not None and rule(value)


def complaint(keyword: str) -> str:
    """Return WeChat's text of 47003 about a keyword, cut off as WeChat cuts it."""
    return f"argument invalid! data.{keyword}.value invalid"[:LONGEST_TEXT]


def fault(keywords: Sequence[Mapping[str, Any]], data: Mapping[str, Any]) -> str | None:
    """Return the first keyword whose value is missing or does not fit, None if all is well.

    `keywords` are those of a registered template: {"key", "label"} and maybe "choices", the only
    values an enum or const takes.
    """
    for keyword in keywords:
        told = data.get(keyword["key"])
        value = told.get("value") if isinstance(told, dict) else None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return str(keyword["key"])
        chosen = str(value) in keyword.get("choices", [str(value)])
        if not chosen or not fits(keyword["key"], str(value)):
            return str(keyword["key"])
    known = {keyword["key"] for keyword in keywords} | {"first", "remark"}
    return next((key for key in data if key not in known), None)
