"""WeChat Pay's bills of a day: the trade bill and the fund-flow bill, as text with back-quotes."""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from ..world import World
from . import numbers, statements
from .statements import WORDS, Row, day_of
from .wechat_orders import Order, orders
from .wechat_refunds import fate
from .wechat_wire import Refused

HEADINGS = WORDS["wechat"]
BOM = "\ufeff"
KEPT_DAYS = 90
KINDS = ("tradebill", "fundflowbill")
REFUSALS = {"creating": "STATEMENT_CREATING", "absent": "NO_STATEMENT_EXIST"}


def announce(world: World, kind: str, told: dict[str, str], url: str) -> dict[str, str]:
    """Answer the request for a bill: the hash of its bytes, and where they are for five minutes."""
    day = day_asked(world, told)
    content = text(world, kind, day).encode()
    if statements.faults(world, "wechat", day, "hash"):
        content += b"\n"
    packed = "&tar_type=GZIP" if told.get("tar_type") == "GZIP" else ""
    return {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "download_url": f"{url}v3/billdownload/file?token={kind}.{day:%Y%m%d}{packed}",
    }


def file(world: World, told: dict[str, str]) -> bytes:
    """Return the bytes of a bill that was announced."""
    kind, _, day = told.get("token", "").partition(".")
    try:
        found = text(world, kind, date.fromisoformat(day)).encode()
    except ValueError:
        raise Refused("PARAM_ERROR", "bad", "token", day) from None
    return gzip.compress(found, mtime=0) if told.get("tar_type") == "GZIP" else found


def day_asked(world: World, told: dict[str, str]) -> date:
    """Return the day a bill is asked for; only past days, up to three months back."""
    try:
        day = date.fromisoformat(told.get("bill_date", ""))
    except ValueError:
        raise Refused("PARAM_ERROR", "bad", "bill_date", told.get("bill_date")) from None
    today = day_of(world.clock.seconds())
    if not today - timedelta(days=KEPT_DAYS) <= day < today:
        raise Refused("INVALID_REQUEST", "bill_date")
    return day


def text(world: World, kind: str, day: date) -> str:
    """Return a bill as text; Refused when there is none."""
    try:
        rows = statements.rows(world, "wechat", day, happened)
    except statements.NotReady as reason:
        raise Refused(REFUSALS[reason.reason]) from None
    return (trades if kind == "tradebill" else funds)(world, rows, day)


def happened(world: World, day: date) -> list[Row]:
    """Return what was paid on a day, and the refunds that were accepted on it."""
    with world.lock:
        return [row for order in orders(world).values() for row in of_order(world, order, day)]


def of_order(world: World, order: Order, day: date) -> Iterator[Row]:
    """Yield what one order came to on a day; refunds that were closed are not listed."""
    if "paid" not in order:
        return
    paid = statements.payment(
        order["out_trade_no"],
        order["transaction_id"],
        order["fen"],
        order["paid"],
        name=order["description"],
        payer=order["openid"],
        app=order["appid"],
    )
    if day_of(order["paid"]) == day:
        yield paid
    for made in order["refunds"].values():
        status = fate(made, world.clock.seconds())
        if day_of(made["created"]) == day and status != "CLOSED":
            told = (made["out_refund_no"], made["refund_id"], made["fen"], made["created"])
            yield statements.repayment(paid, *told, done=status == "SUCCESS")


def trades(world: World, rows: list[Row], day: date) -> str:
    """Write the trade bill: 27 columns, then the sums."""
    false = len(statements.faults(world, "wechat", day, "summary"))
    paid, back = sums(rows)
    listed = [quoted(*trade(world, row)) for row in rows]
    fees = f"{numbers.signed(sum(statements.fee(row) for row in rows))}000"
    last = quoted(str(len(rows) + false), paid, back, "0.00", fees, paid, back)
    return written(HEADINGS["trades"], listed, HEADINGS["trades_sum"], last)


def trade(world: World, row: Row) -> list[str]:
    """Return the columns of one payment or refund."""
    refund, money = row["kind"] == "refund", numbers.yuan(row["fen"])
    zero, setup = "0.00", world.config["wechat_pay"]
    fee, rate = f"{numbers.signed(statements.fee(row))}000", f"{statements.FEE_RATE / 100:.2f}%"
    return [
        numbers.plain(row["at"]), row["app"], setup["mchid"], "0", "",
        row["transaction"], row["number"], row["payer"], "JSAPI", "REFUND" if refund else "SUCCESS",
        "OTHERS", "CNY", zero if refund else money, zero,
        row["refund_id"] if refund else "0", row["refund"] if refund else "0",
        money if refund else zero, zero, "ORIGINAL" if refund else "",
        ("SUCCESS" if row["done"] else "PROCESSING") if refund else "",
        row["name"], "", fee, rate,
        zero if refund else money, money if refund else zero, "",
    ]  # fmt: skip


class Flow(NamedTuple):
    """One row of the fund-flow bill: fen that came in, or left if below zero; `what` it was for."""

    at: float
    id: str
    what: str
    fen: int
    number: str


def flows(world: World, rows: list[Row], day: date) -> Iterator[Flow]:
    """Yield what moved in the account: each row's money and fee, and what left for the bank."""
    short = sum(one["fen"] for one in statements.faults(world, "wechat", day, "funds"))
    for row in rows:
        refund, fee = row["kind"] == "refund", statements.fee(row)
        about = (row["refund_id"], row["refund"]) if refund else (row["transaction"], row["number"])
        fen = -row["fen"] if refund else row["fen"] - short
        short = short if refund else 0
        yield Flow(row["at"], about[0], row["kind"], fen, about[1])
        if fee:
            yield Flow(row["at"], about[0], "fee", -fee, about[1])
    for one in statements.faults(world, "wechat", day, "withdrawn"):
        yield Flow(rows[-1]["at"], "W" * 28, "withdrawal", -one["fen"], "")


def funds(world: World, rows: list[Row], day: date) -> str:
    """Write the fund-flow bill: what came into the account and what left it, with the balance."""
    balance, listed, found = 0, [], list(flows(world, rows, day))
    for n, each in enumerate(found):
        balance += each.fen
        listed.append(
            quoted(
                numbers.plain(each.at),
                each.id,
                f"10{each.id[-16:]}{n:06d}",
                *HEADINGS[each.what].split(","),
                HEADINGS["in" if each.fen > 0 else "out"],
                numbers.yuan(abs(each.fen)),
                numbers.signed(balance),
                HEADINGS["system"],
                "",
                each.number,
            )
        )
    came = [each.fen for each in found if each.fen > 0]
    left = [-each.fen for each in found if each.fen <= 0]
    false = len(statements.faults(world, "wechat", day, "summary", "funds_summary"))
    counts = (f"{len(found) + false}.0", f"{len(came)}.0", numbers.yuan(sum(came)))
    gone = (f"{len(left)}.0", numbers.yuan(sum(left)))
    return written(HEADINGS["funds"], listed, HEADINGS["funds_sum"], quoted(*counts, *gone))


def sums(rows: list[Row]) -> tuple[str, str]:
    """Return what was paid and what went back, in yuan."""
    paid = sum(row["fen"] for row in rows if row["kind"] == "payment")
    return numbers.yuan(paid), numbers.yuan(sum(row["fen"] for row in rows) - paid)


def quoted(*values: str) -> str:
    """Write a line of values, each behind a back-quote."""
    return ",".join("`" + value for value in values)


def written(heading: str, listed: list[str], sum_heading: str, last: str) -> str:
    """Put a bill together."""
    return BOM + "\r\n".join([heading, *listed, sum_heading, last]) + "\r\n"
