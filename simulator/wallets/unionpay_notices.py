"""The back notices of UnionPay, signed, and the twists a test may order."""

from collections.abc import Sequence
from urllib.parse import urlencode

from ..world import World
from . import numbers
from .courier import Letter, Parcel, Post, Receipt
from .unionpay_orders import Order, Repaid, find, option, refunds, settle_day
from .unionpay_wire import said, sealed

# Not published; the manual says only that the notice comes again.
LATER_WAITS = (120, 240, 480, 960, 1920, 3840)
STALE_SECONDS = 2 * 86400
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def write(world: World, parcel: Parcel, twist: str) -> Letter:
    """Write a notice: the payment or the refund as it is, twisted or not, and signed."""
    with world.lock:
        order = find(world, parcel["number"])
        number = parcel["event"].removeprefix("refund:")
        if parcel["event"] == "payment":
            at = order.get("paid", parcel["at"]) - (STALE_SECONDS if twist == "stale" else 0)
            fact, back = payment(world, order, at), order["back"]
        else:
            made = refunds(world)[number]
            fact, back = repayment(world, made), made["back"]
    fact |= twisted(fact, twist)
    body = urlencode(sealed(world, fact, twist))
    return Letter(back, {"Content-Type": FORM}, body.encode())


def payment(world: World, order: Order, at: float) -> dict[str, str]:
    """Return the fields that tell of a payment; an unpaid order is told as paid."""
    own = {"txnType": "01", "txnSubType": "01", "accNo": "6216***********0018"}
    return common(world, order, at) | own


def repayment(world: World, made: Repaid) -> dict[str, str]:
    """Return the fields that tell of a refund."""
    own = {"txnType": "04", "txnSubType": "00", "origQryId": made["of"]}
    told = said("01" if made["failed"] else "00")
    return common(world, made, made["arrives"]) | own | told | {"reqReserved": made["reserved"]}


def common(world: World, one: Order | Repaid, at: float) -> dict[str, str]:
    """Return what every transaction tells."""
    return said("00") | {
        "bizType": "000201",
        "merId": world.config["unionpay"]["merchant"],
        "orderId": one["orderId"],
        "txnTime": one["txnTime"],
        "txnAmt": str(one["fen"]),
        "currencyCode": "156",
        "queryId": one["queryId"],
        "settleAmt": str(one["fen"]),
        "settleCurrencyCode": "156",
        "settleDate": f"{settle_day(at):%m%d}",
        "traceNo": one["trace"],
        "traceTime": f"{numbers.beijing(at):%m%d%H%M%S}",
    }


def twisted(fact: dict[str, str], twist: str) -> dict[str, str]:
    """Return the fields that make the content untrue in one respect; the signature stays good."""
    less = str(int(fact["txnAmt"]) - 1)
    return {
        "short": {"txnAmt": less, "settleAmt": less},
        "other_payer": {"accNo": "6217***********9999"},
        "other_merchant": {"merId": "777290058999999"},
        "other_order": {"orderId": "X" + numbers.digits(20)},
    }.get(twist, {})


def accepted(receipt: Receipt) -> bool:
    """Whether the service took the notice: status 200."""
    return receipt.status == 200


def waits(world: World) -> Sequence[float]:
    """Return the seconds between tries."""
    return (float(option(world, "first_retry_seconds")), *LATER_WAITS)


POST = Post("unionpay", write, accepted, waits)
