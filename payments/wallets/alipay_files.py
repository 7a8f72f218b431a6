"""Alipay's statements: fetched from the address its signed answer names, and unpacked."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from base import outbound
from base.errors import Unreachable

from . import archives

PARTNER: Final = "alipay"
FILE: Final = Path(__file__).parent.parent.parent / "config" / "wallets.toml"
HOSTS: Final = (".alipay.com", ".alipaydev.com", ".alipayobjects.com")
_files = outbound.session(f"{PARTNER}_files", timeout=(3.05, 60))


def detail(gateway: str, url: str) -> bytes:
    """The file of single transactions in the zip at this address; raises BadHash, Unreachable.

    An address outside Alipay's own hosts (or the gateway's) is not followed.
    """
    if not _theirs(gateway, url):
        raise Unreachable(PARTNER, reason="a statement at a strange address")
    answer = _files.request("GET", url)
    if answer.status != 200:
        raise Unreachable(PARTNER, reason=f"statement: status {answer.status}")
    return archives.member(answer.body, _name())


def _theirs(gateway: str, url: str) -> bool:
    ours, named = urlsplit(gateway), urlsplit(url)
    if (ours.scheme, ours.netloc) == (named.scheme, named.netloc):
        return True
    return named.scheme == "https" and (named.hostname or "").endswith(HOSTS)


@lru_cache(maxsize=1)
def _name() -> str:
    """What the name of the detail file holds."""
    name: str = tomllib.loads(FILE.read_text("utf-8"))["alipay"]["detail"]
    return name
