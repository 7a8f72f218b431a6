"""WeChat Pay's bills: announced with a hash in a signed answer, fetched, unpacked and compared."""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from . import archives
from .apiv3 import Wire
from .wallet import BadHash, NoStatementYet, Refused, Statement, answered, text

PROVIDER: Final = "wechat"
TRADES: Final = "/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP"
FUNDS: Final = "/v3/bill/fundflowbill?bill_date={day}&account_type=BASIC&tar_type=GZIP"
# Documented as 400, seen as 404 too; neither says that nothing happened.
CREATING: Final = "STATEMENT_CREATING"
NOT_YET: Final = frozenset({"NO_STATEMENT_EXIST", CREATING})


def statement(wire: Wire, day: date) -> Statement:
    """The trade bill of a day with its fund-flow bill; raises NoStatementYet, BadHash, Refused.

    Where there is no fund-flow bill (nothing moved in the account), `funds` is empty; one that is
    being made is waited for.
    """
    trades, serial = _fetched(wire, TRADES.format(day=day))
    try:
        funds, _ = _fetched(wire, FUNDS.format(day=day))
    except NoStatementYet as none:
        if none.reason == CREATING:
            raise
        funds = b""
    return Statement(day, trades, hash_ok=True, funds=funds, serial=serial)


def _fetched(wire: Wire, target: str) -> tuple[bytes, str]:
    """A file, and the serial behind the answer that announced it."""
    try:
        answer = wire.call("GET", target)
    except Refused as refused:
        if refused.code in NOT_YET:
            raise NoStatementYet(refused.code) from refused
        raise
    url, promised = answered(PROVIDER, partial(_announced, answer.told))
    found = archives.gunzipped(wire.download(url))
    # WeChat names SHA-1; it guards against a broken download, the answer that names it is signed.
    if hashlib.sha1(found, usedforsecurity=False).hexdigest() != promised.lower():
        raise BadHash("the file is not the one that was announced")
    return found, answer.proof.serial


def _announced(told: Mapping[str, Any]) -> tuple[str, str]:
    if text(told, "hash_type") != "SHA1":
        raise ValueError("a hash of another kind")
    return text(told, "download_url"), text(told, "hash_value")
