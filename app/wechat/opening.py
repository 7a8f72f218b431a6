"""What opens the mini-program from outside: its pages by name, and links from any browser.

A link is asked for once in its life, so that nobody uses up the platform's day; a refusal is
believed for ten minutes, and while Redis is away there is no link at all.
"""

import tomllib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from redis.exceptions import RedisError

from base.errors import Unreachable

from ..logs import log

if TYPE_CHECKING:
    from .gateway import Gateway

_TABLE: Final = Path(__file__).parents[2] / "config" / "partners.toml"
_DAYS: Final = 1
_KEPT_SECONDS: Final = 23 * 3600
_REFUSED_SECONDS: Final = 600
_NONE: Final = ""


@lru_cache(maxsize=1)
def pages() -> dict[str, str]:
    """{name: page}, as config/partners.toml says."""
    found: dict[str, str] = tomllib.loads(_TABLE.read_text("utf-8"))["mini_program_pages"]
    return found


def offered(gateway: "Gateway", page: str) -> bool:
    """Whether a link to a page, "path?query", may be had; nothing is asked for yet."""
    return _known(gateway, page) != _NONE


def link(gateway: "Gateway", page: str) -> str:
    """A link that opens a page, "path?query", for an hour or longer; "" when none is to be had."""
    known = _known(gateway, page)
    if known is not None:
        return known
    path, _, query = page.partition("?")
    try:
        found, seconds = gateway.url_link(path, query, _DAYS), _KEPT_SECONDS
    except Unreachable as error:
        log.warning("no link to the mini-program", reason=error.reason)
        found, seconds = _NONE, _REFUSED_SECONDS
    with suppress(RedisError):
        gateway.mp.valves.shelf.ask(lambda redis: redis.set(_key(gateway, page), found, ex=seconds))
    return found


def _known(gateway: "Gateway", page: str) -> str | None:
    """The link that was made, "" when none is to be had, None while nobody has asked."""
    try:
        found = gateway.mp.valves.shelf.ask(lambda redis: redis.get(_key(gateway, page)))
    except RedisError:
        return _NONE
    return None if found is None else cast("bytes", found).decode()


def _key(gateway: "Gateway", page: str) -> str:
    return f"wechat:link:{gateway.mp.appid}:{page}"
