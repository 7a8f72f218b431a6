"""UnionPay's file of a day's clearing: fixed columns, zipped, deflated, in base64."""

import base64
import io
import zipfile
import zlib

from ..world import World
from . import numbers
from .unionpay_orders import Order, Repaid, orders, refunds, settle_day
from .unionpay_wire import Refused

# Widths of the 41 columns of the ZM file; a space stands between two of them.
WIDTHS = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21,
    15, 1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 131,
)  # fmt: skip
TRACE, AT, AMOUNT, QUERY_ID, ORDER, SETTLED, TYPE, OF, MERCHANT = 3, 4, 6, 9, 11, 16, 19, 26, 27


def statement(world: World, day: str) -> tuple[str, str]:
    """Return name and content of the file of a day (MMDD); Refused when nothing was cleared."""
    merchant = world.config["unionpay"]["merchant"]
    with world.lock:
        paid = [one for one in orders(world).values() if "paid" in one]
        gone = [one for one in refunds(world).values() if not one["failed"]]
        lines = [line(merchant, one, one["paid"], "01", "") for one in paid if on(one["paid"], day)]
        lines += [
            line(merchant, one, one["arrives"], "04", one["of"])
            for one in gone
            if one["arrives"] <= world.clock.seconds() and on(one["arrives"], day)
        ]
    if not lines:
        raise Refused("98")
    name = f"{merchant}_{numbers.beijing(world.clock.seconds()):%Y}{day}.zip"
    return name, packed(f"INN{day}88ZM_{merchant}", "".join(each + "\r\n" for each in lines))


def on(at: float, day: str) -> bool:
    """Whether a moment's money is cleared on this day."""
    return f"{settle_day(at):%m%d}" == day


def line(merchant: str, one: Order | Repaid, at: float, kind: str, of: str) -> str:
    """Return one transaction as a line of fixed columns; refunds are debited."""
    told = {
        TRACE: one["trace"],
        AT: f"{numbers.beijing(at):%m%d%H%M%S}",
        AMOUNT: f"{one['fen']:012d}",
        QUERY_ID: one["queryId"],
        ORDER: one["orderId"],
        SETTLED: ("D" if kind == "04" else "C") + f"{one['fen']:012d}",
        TYPE: kind,
        OF: of,
        MERCHANT: merchant,
    }
    return " ".join(told.get(n, "").ljust(width) for n, width in enumerate(WIDTHS))


def packed(name: str, text: str) -> str:
    """Zip a file, deflate the zip and write it in base64."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, text.encode("gbk"))
    return base64.b64encode(zlib.compress(held.getvalue())).decode()
