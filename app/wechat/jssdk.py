"""Signatures that let a page of ours use WeChat's JS-SDK, for our own host only."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from base import clock
from base.errors import Forbidden

from .gateway import Gateway

_NONCE_BYTES: Final = 8


class ForeignPage(Forbidden):
    """The address is not a page of ours, so it is not signed."""

    code = "foreign_page"


@dataclass(frozen=True)
class Config:
    """What wx.config wants."""

    appid: str
    timestamp: int
    nonce: str
    signature: str


def config(gateway: Gateway, public_url: str, url: str) -> Config:
    """A signature for a page of ours, by the ticket all processes share.

    `url` is the address as WeChat's browser sees it; what follows # is left out. Raises
    ForeignPage, and the gateway's troubles when the platform gives no ticket.
    """
    page = url.partition("#")[0]
    ours, theirs = urlsplit(public_url), urlsplit(page)
    if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
        raise ForeignPage
    ticket = gateway.oa.ticket()
    nonce, stamp = secrets.token_hex(_NONCE_BYTES), int(clock.now().timestamp())
    return Config(gateway.oa.appid, stamp, nonce, sign(ticket, nonce, stamp, page))


def sign(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """The signature of a page: SHA-1 over the four values in the platform's order, none escaped."""
    parts = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()
