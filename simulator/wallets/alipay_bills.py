"""Alipay's statement of a day: two GBK files in a zip whose names do not say their charset."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from flask import request

from ..world import World
from . import numbers, statements
from .alipay_trades import Trade, trades, user_id
from .alipay_wire import SUCCESS, Inner, Refused
from .statements import WORDS, Row, day_of

HEADINGS = WORDS["alipay"]
PATH = "/alipay/bills/"
COLUMNS = 25


def announce(world: World, told: Inner, _params: dict[str, str]) -> Inner:
    """Answer the request for a statement: the address of the zip."""
    if told.get("bill_type") != "trade":
        raise Refused("ACQ.INVALID_PARAMETER", about="bill_type")
    day = day_asked(told)
    try:
        statements.rows(world, "alipay", day, happened)
    except statements.NotReady:
        raise Refused("isp.bill_not_exist") from None
    url = f"{request.host_url.rstrip('/')}{PATH}{day:%Y%m%d}"
    return SUCCESS | {"bill_download_url": url}


def day_asked(told: Inner) -> date:
    """Return the day a statement is asked for."""
    try:
        return date.fromisoformat(str(told.get("bill_date")))
    except ValueError:
        raise Refused("ACQ.INVALID_PARAMETER", about="bill_date") from None


def archive(world: World, told: str) -> bytes:
    """Return the zip of a day; cut off where a fault wants the file broken."""
    day = date.fromisoformat(told)
    rows = statements.rows(world, "alipay", day, happened)
    names = {"account": account(world), "day": told}
    files = {
        HEADINGS["detail"]: detail(world, day, rows),
        HEADINGS["summary"]: HEADINGS["summary_title"] + "\r\n",
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            raw = name.format(**names).encode("gbk").decode("cp437")
            made.writestr(unflagged(raw), text.encode("gbk", "replace"))
    broken = statements.faults(world, "alipay", day, "hash")
    return held.getvalue()[:-40] if broken else held.getvalue()


class Unflagged(zipfile.ZipInfo):
    """A file of a zip whose name is in GBK, which nothing in the zip says."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  zipfile's own name
        return self.filename.encode("cp437"), self.flag_bits


def unflagged(name: str) -> Unflagged:
    """Return the entry of a file, dated as zip begins."""
    info = Unflagged(name, (2026, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def account(world: World) -> str:
    """Return the account as statements name it: the 2088 number and 0156."""
    return f"{world.config['alipay']['seller_id']}0156"


def happened(world: World, day: date) -> list[Row]:
    """Return what was paid on a day, and what had gone back on it."""
    with world.lock:
        return [row for trade in trades(world).values() for row in of_trade(world, trade, day)]


def of_trade(world: World, trade: Trade, day: date) -> Iterator[Row]:
    """Yield what one trade came to on a day."""
    if "paid" not in trade:
        return
    ask, now = trade["ask"], world.clock.seconds()
    more = {"name": ask["subject"], "payer": user_id(trade["buyer"])}
    at = trade["paid"]
    paid = statements.payment(ask["out_trade_no"], trade["trade_no"], ask["fen"], at, **more)
    if day_of(at) == day:
        yield paid
    for number, made in trade["refunds"].items():
        if made["arrives"] <= now and day_of(made["arrives"]) == day:
            yield statements.repayment(paid, number, "", made["fen"], made["arrives"])


def detail(world: World, day: date, rows: list[Row]) -> str:
    """Write the file of single transactions, with its own count and sums at the end."""
    false = len(statements.faults(world, "alipay", day, "summary"))
    span = {"first": moment(day), "last": moment(day + timedelta(days=1))}
    paid = [row["fen"] for row in rows if row["kind"] == "payment"]
    back = [row["fen"] for row in rows if row["kind"] == "refund"]
    lines = [
        HEADINGS["title"],
        HEADINGS["account"].format(account=account(world)),
        HEADINGS["span"].format(**span),
        HEADINGS["opening"],
        HEADINGS["columns"],
        *(line(row) for row in rows),
        HEADINGS["closing"],
        HEADINGS["payments"].format(count=len(paid) + false, sum=numbers.yuan(sum(paid))),
        HEADINGS["refunds"].format(count=len(back), sum=numbers.signed(-sum(back))),
        HEADINGS["made"].format(at=moment(day + timedelta(days=1))),
    ]
    return "\r\n".join(lines) + "\r\n"


def moment(day: date) -> str:
    """Write the beginning of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=numbers.BEIJING).strftime(
        HEADINGS["moment"]
    )


def line(row: Row) -> str:
    """Return the 25 columns of one row; texts end with a tab, refunds are negative."""
    refund = row["kind"] == "refund"
    money = numbers.signed(-row["fen"] if refund else row["fen"])
    told = dict.fromkeys(range(11, 21), "0.00")
    told |= {0: row["transaction"] + "\t", 1: row["number"] + "\t", 2: HEADINGS[row["kind"]]}
    told |= {3: row["name"] + "\t", 4: numbers.plain(row["at"]), 5: numbers.plain(row["at"])}
    told |= {10: row["payer"] + "\t", 11: money, 12: money, 18: "\t", 21: row["refund"] + "\t"}
    told |= {22: numbers.signed(-statements.fee(row)), 23: "0.00"}
    return ",".join(told.get(n, "") for n in range(COLUMNS))
