"""The certificates that wallets sign with: fetched on schedule, kept for all, watched to the end.

`refresh` is the clock's; whoever verifies only reads what is kept (`held`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from base import alarms, clock, texts
from base.errors import Unreachable
from base.store import Database

from ..wallets import Wallets
from ..wallets.unionpay import UnionPay
from ..wallets.wallet import Refused
from ..wallets.wechat import WeChatPay
from . import store

WARNING: Final = timedelta(days=30)
MISSING: Final = "certificates_missing"
ENDING: Final = "certificate_ends"

_log = structlog.get_logger()


def held(db: Database) -> Mapping[str, str]:
    """The platform certificates of WeChat Pay that are in force or will be, PEM by serial."""
    return {row["_id"]: row["pem"] for row in store.current(db)}


def refresh(db: Database, wallets: Wallets) -> None:
    """Fetch what WeChat Pay signs with, keep what is new, and warn of whatever ends soon.

    Where the public key is held, a wallet without certificates is no trouble.
    """
    for name, wallet in wallets.items():
        ends: Mapping[str, datetime] = {}
        if isinstance(wallet, WeChatPay):
            _fetch(db, wallet)
            ends = _last(db, wallet)
        elif isinstance(wallet, UnionPay):
            ends = wallet.ends
        _warn(db, name, ends)


def _fetch(db: Database, wallet: WeChatPay) -> None:
    try:
        found = wallet.certificates()
    except (Unreachable, Refused) as trouble:
        _log.info("no certificates", wallet="wechat", reason=str(trouble))
        if not wallet.has_public_key and not store.current(db):
            alarms.sound(db, MISSING, "wechat", wallet=_name("wechat"))
        return
    for each in found:
        if store.keep(db, each):
            _log.info("certificate kept", wallet="wechat", serial=each.serial)
    alarms.clear(db, MISSING, "wechat")


def _last(db: Database, wallet: WeChatPay) -> Mapping[str, datetime]:
    """When the last certificate ends that we hold, where there is no public key instead."""
    kept = store.current(db)
    if wallet.has_public_key or not kept:
        return {}
    return {"platform": max(row["ends"] for row in kept)}


def _warn(db: Database, wallet: str, ends: Mapping[str, datetime]) -> None:
    """Sound an alarm for what ends within a month; end it when that has been replaced."""
    for what, end in ends.items():
        key = f"{wallet}:{what}"
        if end > clock.now() + WARNING:
            alarms.clear(db, ENDING, key)
            continue
        words = texts.say(f"payments.certificates.{what}")
        day = f"{end.astimezone(clock.SHANGHAI):%Y-%m-%d}"
        alarms.sound(db, ENDING, key, wallet=_name(wallet), what=words, until=day)


def _name(wallet: str) -> str:
    return texts.say(f"payments.wallets.{wallet}")
