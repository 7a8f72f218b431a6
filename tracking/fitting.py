"""Values fitted to the keyword rules of WeChat's template and subscription messages.

The rules are those of the platform's 订阅消息参数值内容限制: a key such as `thing2` is a type and a
number. A value outside its type's rule is answered with 47003, and the message is lost.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from base import texts

_ELLIPSIS: Final = "…"
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SELECTORS: Final = range(0xFE00, 0xFE10)
_BEYOND_BMP: Final = 0x10000
_ASIDE: Final = re.compile(r"[（(][^（()）]*[）)]")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_CLOCK: Final = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_MONTH: Final = r"(0?[1-9]|1[0-2])"
_OF_MONTH: Final = r"(0?[1-9]|[12]\d|3[01])"
_DAY: Final = (
    rf"(\d{{4}}年{_MONTH}月({_OF_MONTH}日)?|{_MONTH}月{_OF_MONTH}日"
    rf"|\d{{4}}([-/.]){_MONTH}[-/.]{_OF_MONTH})"
)
_TIME: Final = re.compile(rf"({_DAY} ?)?{_CLOCK}(~({_DAY} ?)?{_CLOCK})?", re.ASCII)
_DATE: Final = re.compile(rf"{_DAY}( ?{_CLOCK})?(~{_DAY}( ?{_CLOCK})?)?", re.ASCII)
_AMOUNT: Final = re.compile(r"[¥￥$]?(\d{1,8}(?:\.\d{1,2})?)元?", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


class Unfit(ValueError):
    """A value that cannot be brought into its keyword's form: a fault of the wording's data."""


def fit(key: str, text: str, choices: Sequence[str] = ()) -> str:
    """The text as a value the platform takes for this key; never empty.

    Words are shortened and cleaned; a time, date, amount or number is only checked, because
    nobody may be told another one: Unfit. `const` and `enum` know only the choices registered
    with the template; a word that is none of them becomes the last, the catch-all.
    """
    kind = re.sub(r"\d+$", "", key)
    if choices:
        return text if text in choices else choices[-1]
    if kind not in _RULES:
        raise Unfit(key)
    return _RULES[kind](_tidy(text))


def _tidy(text: str) -> str:
    """One line without control signs, emoji and doubled blanks; rare ideographs stay."""
    kept = "".join(" " if sign.isspace() else sign for sign in text if not _is_dropped(sign))
    return " ".join(kept.split())


def _is_dropped(sign: str) -> bool:
    if sign.isspace():
        return False
    category = unicodedata.category(sign)
    emoji = category in ("So", "Sk") and ord(sign) >= _BEYOND_BMP
    return category in _DROPPED or emoji or ord(sign) in _SELECTORS


def width(text: str) -> int:
    """Length as the platform counts it: UTF-16 units, one for a Chinese character."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, most: int, ending: str = "") -> str:
    """The text, or its longest beginning that fits together with the ending."""
    if width(text) <= most:
        return text
    while width(text) + len(ending) > most:
        text = text[:-1]
    return text.rstrip() + ending


def _thing(text: str) -> str:
    """Twenty characters; what stands in brackets goes first, the rest ends in an ellipsis."""
    if width(text) > 20:
        text = _ASIDE.sub("", text).strip() or text
    return _cut(text, 20, _ELLIPSIS) or _blank()


def _blank() -> str:
    return texts.say("tracking.blank")


def _only(pattern: str, most: int, blank: str) -> Callable[[str], str]:
    """Keep the signs of one class, so many of them, or else `blank`."""
    sign = re.compile(pattern)
    return lambda text: "".join(sign.findall(text))[:most] or blank


def _phrase(text: str) -> str:
    return "".join(_HAN.findall(text))[:5] or _blank()


def _name(text: str) -> str:
    """Ten characters where one is Chinese, twenty letters otherwise; digits are no name."""
    letters = "".join(sign for sign in text if not sign.isnumeric())
    plain = letters.isascii()
    return _cut(letters.strip(), 20 if plain else 10) or _blank()


def _car(text: str) -> str:
    """Letters and digits, Chinese only at the ends."""
    signs = re.findall("[\u4e00-\u9fffA-Za-z0-9]", text)[:8]
    last = len(signs) - 1
    kept = [s for place, s in enumerate(signs) if s.isascii() or place in (0, last)]
    return "".join(kept) or _blank()


def _checked(pattern: re.Pattern[str], most: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not pattern.fullmatch(text) or len(text) > most:
            raise Unfit(pattern.pattern)
        return text

    return check


def _amount(text: str) -> str:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise Unfit("amount")
    return f"¥{match[1]}"


_RULES: Final[dict[str, Callable[[str], str]]] = {
    "thing": _thing,
    "number": _checked(_NUMBER, 32),
    "letter": _only("[A-Za-z]", 32, "N"),
    "symbol": _only(r"[!-/:-@\[-`{-~]", 5, "-"),
    "character_string": _only("[!-~]", 32, "-"),
    "time": _checked(_TIME, 50),
    "date": _checked(_DATE, 50),
    "amount": _amount,
    "phone_number": _only("[0-9+-]", 17, "-"),
    "car_number": _car,
    "name": _name,
    "phrase": _phrase,
}
