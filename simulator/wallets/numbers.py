"""Numbers, sums and moments as the wallets write them."""

import re
import secrets
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

BEIJING = timezone(timedelta(hours=8))
LOOPBACK = ("127.0.0.1", "::1", "localhost")
YUAN = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,2}))?")


def digits(count: int) -> str:
    """Return random decimal digits."""
    return "".join(secrets.choice("0123456789") for _ in range(count))


def beijing(seconds: float) -> datetime:
    """Turn Unix time into the hour of Beijing."""
    return datetime.fromtimestamp(int(seconds), BEIJING)


def rfc3339(seconds: float) -> str:
    """Write Unix time as WeChat Pay does: 2026-11-21T12:00:00+08:00."""
    return beijing(seconds).isoformat()


def plain(seconds: float) -> str:
    """Write Unix time as Alipay does: 2026-11-21 12:00:00, Beijing time without an offset."""
    return f"{beijing(seconds):%Y-%m-%d %H:%M:%S}"


def signed(fen: int) -> str:
    """Write a sum in yuan that may be negative."""
    return ("-" if fen < 0 else "") + yuan(abs(fen))


def yuan(fen: int) -> str:
    """Write fen as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def fen(text: object) -> int | None:
    """Read a sum in yuan with at most two decimals; None when it is no such sum."""
    found = YUAN.fullmatch(text) if isinstance(text, str) and text.isascii() else None
    if found is None:
        return None
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def reachable(url: object, longest: int = 255) -> bool:
    """Whether a notice may be sent to this URL: loopback, no query, short enough.

    The real platforms want https to a public host; the simulator never calls beyond loopback.
    """
    if not isinstance(url, str) or len(url) > longest:
        return False
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK and not parts.query
