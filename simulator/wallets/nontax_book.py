"""What the simulated finance system keeps: payment notices, who paid them, and e-receipts."""

import secrets
from typing import Any, NotRequired, TypedDict

from ..faults import Fault
from ..world import World
from . import numbers
from .nontax_wire import Refused

UNPAID, PAID, RETURNED, VOID = 1, 3, 5, 12
RECEIPT_SECONDS = 20.0
LONG_SECONDS = 4 * 3600.0
# Kinds of faults for the endpoint "receipt/nontax": "delayed" (seconds; four hours unless told) and
# "failed" (it comes to nothing).
RECEIPT_FAULTS = ("delayed", "failed")


class Levy(TypedDict):
    """One payment notice; `order_no` is the unit's bill, sums are fen, times Unix time.

    `holder` has reserved it until `held`; `late` is a late fee that came after it was issued.
    """

    payment_notice_no: str
    order_no: str
    title: str
    items: list[dict[str, Any]]
    fee: int
    late: int
    status: int
    holder: str
    held: float
    returned: dict[str, int]
    transaction_id: NotRequired[str]
    payer: NotRequired[str]
    paid_at: NotRequired[float]


class Receipt(TypedDict):
    """One application for an e-receipt, issued at `due` unless it fails."""

    apply_no: str
    payment_notice_no: str
    fee: int
    payer: str
    due: float
    failed: bool
    red: bool
    bill_type_code: str
    bill_no: str
    check_code: str
    notify_url: str


def levies(world: World) -> dict[str, Levy]:
    """Return all notices by number; hold the lock."""
    found: dict[str, Levy] = world.part("nontax").setdefault("levies", {})
    return found


def receipts(world: World) -> dict[str, Receipt]:
    """Return all applications by number; hold the lock."""
    found: dict[str, Receipt] = world.part("nontax").setdefault("receipts", {})
    return found


def keep(world: World) -> None:
    """Write everything to disk now."""
    world.changed("nontax")
    world.save()


def find(world: World, told: dict[str, Any]) -> Levy:
    """Return the notice that is named; Refused when there is none. Hold the lock."""
    found = levies(world).get(str(told.get("payment_notice_no")))
    if found is None:
        raise Refused("2001")
    return found


def shown(levy: Levy) -> dict[str, Any]:
    """Return a notice as it is answered: a bank's counter is no order of the unit's."""
    names = ("payment_notice_no", "title", "items", "status")
    told: dict[str, Any] = {name: levy[name] for name in names}  # type: ignore[literal-required]
    told |= {"fee": levy["fee"] + levy["late"], "order_no": levy.get("payer", "")}
    if "paid_at" in levy:
        told["paid_at"] = int(levy["paid_at"])
    return told | {"transaction_id": levy.get("transaction_id", "")}


def issue(world: World, told: dict[str, Any]) -> Levy:
    """Make a notice for a bill, or the one it has, amended while nobody has paid it."""
    if not told.get("order_no") or not told.get("items") or type(told.get("fee")) is not int:
        raise Refused("1003")
    kept = levies(world).values()
    levy = next((one for one in kept if one["order_no"] == told["order_no"]), None)
    if levy is None:
        levy = Levy(
            payment_notice_no=world.config["nontax"]["region"][:6] + numbers.digits(14),
            order_no=told["order_no"],
            title=told.get("title", ""),
            items=told["items"],
            fee=told["fee"],
            late=0,
            status=UNPAID,
            holder="",
            held=0.0,
            returned={},
        )
        levies(world)[levy["payment_notice_no"]] = levy
    if levy["status"] == UNPAID:
        levy |= {"items": told["items"], "fee": told["fee"]}
    return levy


def refuse(world: World, levy: Levy, told: dict[str, Any]) -> None:
    """Refuse a notice that is paid, withdrawn, held by another, or asked for in another sum."""
    if levy["status"] in (PAID, RETURNED):
        raise Refused("2002")
    if levy["status"] == VOID:
        raise Refused("2005")
    if levy["holder"] not in ("", told.get("order_no")) and levy["held"] > world.clock.seconds():
        raise Refused("2003")
    if told.get("fee") != levy["fee"] + levy["late"]:
        raise Refused("2004")


def daily(world: World, told: dict[str, Any]) -> dict[str, Any]:
    """Return every notice of the unit's that was paid on a day, whoever took the money."""
    day = str(told.get("day"))
    paid = (one for one in levies(world).values() if "paid_at" in one)
    return {
        "notices": [
            {
                "payment_notice_no": one["payment_notice_no"],
                "order_no": one["order_no"],
                "fee": one["fee"] + one["late"],
                "transaction_id": one["transaction_id"],
            }
            for one in paid
            if f"{numbers.beijing(one['paid_at']):%Y-%m-%d}" == day
        ]
    }


def lock(world: World, told: dict[str, Any]) -> Levy:
    """Reserve a notice for a channel for so many seconds."""
    levy = find(world, told)
    refuse(world, levy, told)
    levy |= {"holder": told["order_no"], "held": world.clock.seconds() + float(told["ttl"])}
    return levy


def confirm(world: World, told: dict[str, Any]) -> Levy:
    """Note a payment; the same transaction once more is the same."""
    levy = find(world, told)
    if levy.get("transaction_id") == told.get("transaction_id"):
        return levy
    refuse(world, levy, told)
    settle(levy, told["transaction_id"], told["order_no"], float(told["paid_at"]))
    return levy


def settle(levy: Levy, transaction: str, payer: str, at: float) -> None:
    """Book a notice as paid."""
    levy |= {"status": PAID, "transaction_id": transaction, "payer": payer, "paid_at": at}


def undo(levy: Levy) -> None:
    """Strike a payment out that was taken by mistake: the notice is to be paid again."""
    levy["status"] = UNPAID
    for name in ("transaction_id", "payer", "paid_at"):
        levy.pop(name, None)  # type: ignore[misc]


def reverse(world: World, told: dict[str, Any]) -> Levy:
    """Note that a part of a payment went back; the same refund once more is the same."""
    levy, number = find(world, told), str(told["refund_out_id"])
    if number in levy["returned"]:
        return levy
    if levy["status"] != PAID:
        raise Refused("2006")
    if sum(levy["returned"].values()) + told["refund_fee"] > levy["fee"]:
        raise Refused("2007")
    levy["returned"][number] = told["refund_fee"]
    if sum(levy["returned"].values()) == levy["fee"]:
        levy["status"] = RETURNED
    return levy


def void(world: World, told: dict[str, Any]) -> Levy:
    """Withdraw a notice that nobody has paid."""
    levy = find(world, told)
    if levy["status"] in (PAID, RETURNED):
        raise Refused("2002")
    levy["status"] = VOID
    return levy


def apply(world: World, told: dict[str, Any]) -> Receipt:
    """Take an application for a receipt; the same number once more is the same."""
    known = receipts(world).get(str(told.get("apply_no")))
    if known is not None:
        return known
    levy = find(world, told)
    if levy["status"] != PAID:
        raise Refused("2006")
    if told["fee"] != levy["fee"] - sum(levy["returned"].values()):
        raise Refused("3003")
    fault = world.faults.take("receipt/nontax", *RECEIPT_FAULTS)
    made = receipts(world)[told["apply_no"]] = applied(world, told, fault)
    return made


def applied(world: World, told: dict[str, Any], fault: Fault | None) -> Receipt:
    """Write an application down, with what is in store for it."""
    wait = RECEIPT_SECONDS
    if fault is not None and fault.kind == "delayed":
        wait = float(fault.values.get("seconds", LONG_SECONDS))
    year = f"{numbers.beijing(world.clock.seconds()):%y}"
    return Receipt(
        apply_no=told["apply_no"],
        payment_notice_no=told["payment_notice_no"],
        fee=told["fee"],
        payer=told.get("payer", ""),
        due=world.clock.seconds() + wait,
        failed=fault is not None and fault.kind == "failed",
        red=False,
        bill_type_code=f"{world.config['nontax']['region'][:2]}0601{year}",
        bill_no=numbers.digits(10),
        check_code=secrets.token_hex(3),
        notify_url=told.get("notify_url", ""),
    )


def receipt(world: World, told: dict[str, Any]) -> Receipt:
    """Return an application; Refused when there is none."""
    found = receipts(world).get(str(told.get("apply_no")))
    if found is None:
        raise Refused("3001")
    return found


def red(world: World, told: dict[str, Any]) -> Receipt:
    """Reverse an issued receipt; once more is the same."""
    found = receipt(world, told)
    if found["failed"] or found["due"] > world.clock.seconds():
        raise Refused("3002")
    found["red"] = True
    return found


def receipt_shown(world: World, made: Receipt) -> dict[str, Any]:
    """Return a receipt as it is answered: its numbers once it is issued."""
    told: dict[str, Any] = {"apply_no": made["apply_no"], "fee": made["fee"]}
    if made["due"] > world.clock.seconds():
        return told | {"state": "APPLIED"}
    if made["failed"]:
        return told | {"state": "FAILED"}
    names = ("bill_type_code", "bill_no", "check_code", "payer")
    told |= {name: made[name] for name in names}  # type: ignore[literal-required]
    return told | {"state": "RED" if made["red"] else "ISSUED", "issued_at": int(made["due"])}
