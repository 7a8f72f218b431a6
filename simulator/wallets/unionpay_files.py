"""UnionPay's file of a day's clearing: fixed columns, zipped, deflated, in base64."""

import base64
import io
import zipfile
import zlib
from datetime import date

from ..world import World
from . import numbers, statements, unionpay_orders
from .statements import Row
from .unionpay_orders import Order, orders, refunds
from .unionpay_wire import Refused

# Widths of the 41 columns of the ZM file; a space stands between two of them.
WIDTHS = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21,
    15, 1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 131,
)  # fmt: skip
TRACE, AT, AMOUNT, QUERY_ID, ORDER, SETTLED, TYPE, OF, MERCHANT = 3, 4, 6, 9, 11, 16, 19, 26, 27


def statement(world: World, day: str) -> tuple[str, str]:
    """Return name and content of the file of a day (MMDD); Refused when there is none."""
    merchant, cleared = world.config["unionpay"]["merchant"], day_of(world, day)
    try:
        rows = statements.rows(world, "unionpay", cleared, happened)
    except statements.NotReady:
        raise Refused("98") from None
    text = "".join(line(merchant, row) + "\r\n" for row in rows)
    content = packed(f"INN{cleared:%y%m%d}88ZM_{merchant}", text)
    broken = statements.faults(world, "unionpay", cleared, "hash")
    return f"{merchant}_{cleared:%Y%m%d}.zip", content[:-8] if broken else content


def day_of(world: World, told: str) -> date:
    """Return the latest day of this month and day that is not after tomorrow's clearing."""
    now = unionpay_orders.settle_day(world.clock.seconds())
    try:
        day = date.fromisoformat(f"{now.year}{told}")
    except ValueError:
        raise Refused("10", "settleDate") from None
    return day if day <= now.date() else day.replace(year=day.year - 1)


def happened(world: World, day: date) -> list[Row]:
    """Return what was cleared on a day, which begins and ends at 23:00."""
    with world.lock:
        paid = {one["queryId"]: one for one in orders(world).values() if "paid" in one}
        gone = [one for one in refunds(world).values() if not one["failed"]]
        found = {id: row_of(one, one["paid"]) for id, one in paid.items()}
        listed = [found[id] for id, one in paid.items() if on(one["paid"], day)]
        for one in gone:
            if one["arrives"] <= world.clock.seconds() and on(one["arrives"], day):
                told = (one["orderId"], one["queryId"], one["fen"], one["arrives"])
                listed.append(statements.repayment(found[one["of"]], *told))
    return listed


def row_of(order: Order, at: float) -> Row:
    """Return the row of a payment."""
    return statements.payment(
        order["orderId"], order["queryId"], order["fen"], at, name=order["name"]
    )


def on(at: float, day: date) -> bool:
    """Whether a moment's money is cleared on this day."""
    return unionpay_orders.settle_day(at).date() == day


def line(merchant: str, row: Row) -> str:
    """Return one transaction as a line of fixed columns; refunds are debited."""
    refund = row["kind"] == "refund"
    id = row["refund_id"] if refund else row["transaction"]
    told = {
        TRACE: id[-6:],
        AT: f"{numbers.beijing(row['at']):%m%d%H%M%S}",
        AMOUNT: f"{row['fen']:012d}",
        QUERY_ID: id,
        ORDER: row["refund"] if refund else row["number"],
        SETTLED: ("D" if refund else "C") + f"{row['fen']:012d}",
        TYPE: "04" if refund else "01",
        OF: row["transaction"] if refund else "",
        MERCHANT: merchant,
    }
    return " ".join(told.get(n, "")[:width].ljust(width) for n, width in enumerate(WIDTHS))


def packed(name: str, text: str) -> str:
    """Zip a file, deflate the zip and write it in base64."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, text.encode("gbk"))
    return base64.b64encode(zlib.compress(held.getvalue())).decode()
