"""What WeChat takes for a keyword's value, written from its page and knowing nothing of ours.

https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/subscribe-message/subscribeMessage.send.html
"""

import re
import unicodedata


def is_han(sign):
    return unicodedata.name(sign, "").startswith("CJK UNIFIED IDEOGRAPH")


def units(text):
    return sum(2 if ord(sign) > 0xFFFF else 1 for sign in text)


def takes(key, value):
    """Whether the platform would take this value; 47003 otherwise."""
    kind = key.rstrip("0123456789")
    if not value or value != value.strip():
        return False
    if any(unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" for sign in value):
        return False
    return {
        "thing": lambda: units(value) <= 20,
        "number": lambda: len(value) <= 32 and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value),
        "letter": lambda: len(value) <= 32 and re.fullmatch("[a-zA-Z]+", value),
        "symbol": lambda: len(value) <= 5 and not any(sign.isalnum() for sign in value),
        "character_string": lambda: len(value) <= 32 and all("!" <= s <= "~" for s in value),
        "time": lambda: re.fullmatch(
            r"((\d{4}年\d\d?月\d\d?日|\d{4}[-/.]\d\d?[-/.]\d\d?|\d{4}年\d\d?月|\d\d?月\d\d?日) ?)?"
            r"\d\d?:\d\d(:\d\d)?(~.+)?",
            value,
        ),
        "date": lambda: re.fullmatch(
            r"(\d{4}年\d\d?月(\d\d?日)?|\d\d?月\d\d?日|\d{4}[-/.]\d\d?[-/.]\d\d?)( ?\d\d?:\d\d.*)?"
            r"(~.+)?",
            value,
        ),
        "amount": lambda: re.fullmatch(r"[¥$￥][0-9]{1,10}(\.[0-9]+)?元?", value),
        "phone_number": lambda: len(value) <= 17 and not re.search(r"[^0-9+() -]", value),
        "car_number": lambda: len(value) <= 8 and not any(is_han(sign) for sign in value[1:-1]),
        "name": lambda: units(value) <= (20 if value.isascii() else 10),
        "phrase": lambda: len(value) <= 5 and all(is_han(sign) for sign in value),
    }[kind]()
