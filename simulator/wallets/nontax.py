"""The simulated province's non-tax revenue system, and the control API of its counters."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, request

from ..control import body
from ..faults import Fault
from ..world import World, here
from . import courier, nontax_book, nontax_wire
from .nontax_book import Levy, Receipt
from .nontax_wire import Refused

blueprint = Blueprint("nontax", __name__, url_prefix="/nontax")
control = Blueprint("nontax_control", __name__, url_prefix="/control/v1/nontax")

# Kinds of faults by path beside the transport's: "error" (code; nothing is done), "error_after"
# (code, 9999 unless told; done all the same), "forged_answer", "old_answer" (signed for another
# question), "other_answer" (about another notice), "nameless" (it does not say who paid).
FAULTS = ("error", "error_after", "forged_answer", "old_answer", "other_answer", "nameless")
LEVIES: dict[str, Callable[[World, dict[str, Any]], Levy]] = {
    "issue": nontax_book.issue,
    "query": nontax_book.find,
    "lock": nontax_book.lock,
    "confirm": nontax_book.confirm,
    "reverse": nontax_book.reverse,
    "void": nontax_book.void,
}
RECEIPTS: dict[str, Callable[[World, dict[str, Any]], Receipt]] = {
    "apply": nontax_book.apply,
    "query": nontax_book.receipt,
    "red": nontax_book.red,
}


@blueprint.post("/notice/<verb>")
def notice(verb: str) -> Response:
    """Do something about a payment notice."""
    return answered(lambda world, told: nontax_book.shown(LEVIES[verb](world, told)))


@blueprint.post("/daily")
def daily() -> Response:
    """List what was paid on a day."""
    return answered(nontax_book.daily)


@blueprint.post("/receipt/<verb>")
def receipt(verb: str) -> Response:
    """Do something about an e-receipt; an application is told of when it is issued."""
    return answered(lambda world, told: receipted(world, verb, told))


def receipted(world: World, verb: str, told: dict[str, Any]) -> dict[str, Any]:
    """Do it, and plan the notice of a new application."""
    known = str(told.get("apply_no")) in nontax_book.receipts(world)
    made = RECEIPTS[verb](world, told)
    if verb == "apply" and not known and made["notify_url"]:
        wait = made["due"] - world.clock.seconds()
        world.timetable.after(wait, tell, world, made["apply_no"])
    return nontax_book.receipt_shown(world, made)


def answered(act: Callable[[World, dict[str, Any]], dict[str, Any]]) -> Response:
    """Check a request, do what it asks, sign the answer; an ordered fault may strike."""
    world, fault = here(), ordered()
    code, data = "0000", {}
    try:
        told = nontax_wire.check(world, request)
        if fault is not None and fault.kind == "error":
            raise Refused(fault.values.get("code", "9998"))
        with world.lock:
            data = act(world, told)
        nontax_book.keep(world)
    except Refused as refusal:
        code = refusal.code
    except KeyError:
        code = "1003"
    if fault is not None and fault.kind == "error_after":
        code, data = fault.values.get("code", "9999"), {}
    if fault is not None and fault.kind == "other_answer":
        data = data | {"payment_notice_no": "0" * 20}
    if fault is not None and fault.kind == "nameless":
        data.pop("transaction_id", None)
    return spoiled(nontax_wire.reply(world, request, code, data), fault)


def spoiled(answer: Response, fault: Fault | None) -> Response:
    """Spoil the signature of an answer, if ordered: a stranger's, or an earlier answer's."""
    world, kind = here(), fault.kind if fault is not None else ""
    if kind == "forged_answer":
        answer.headers["X-Signature"] = secrets.token_hex(32)
    if kind == "old_answer":
        about = ("ANSWER", request.path, secrets.token_hex(16))
        answer.headers.update(nontax_wire.signed(world, about, answer.get_data()))
    return answer


def ordered() -> Fault | None:
    """Return a fault ordered for this path; the app logs it."""
    fault = here().faults.take(request.path, *FAULTS)
    g.fault = fault or g.get("fault")
    return fault


def tell(world: World, number: str) -> courier.Receipt | None:
    """Tell the unit that a receipt is ready, once; it asks for itself besides."""
    with world.lock:
        made = nontax_book.receipts(world).get(number)
        levy = nontax_book.levies(world)[made["payment_notice_no"]] if made else None
    if made is None or levy is None:
        return None
    said = {"order_no": levy["order_no"], "apply_no": number}
    letter = json.dumps(said).encode()
    path = "/" + made["notify_url"].split("/", 3)[-1]
    signed = nontax_wire.headers(world, path, letter) | {"Content-Type": "application/json"}
    return courier.carry(courier.Letter(made["notify_url"], signed, letter))


@control.get("")
def book() -> dict[str, Any]:
    """List notices and receipts as the finance system keeps them."""
    world = here()
    with world.lock:
        levies = [one | {"shown": nontax_book.shown(one)} for one in levies_of(world)]
        made = nontax_book.receipts(world).values()
        return {
            "notices": levies,
            "receipts": [one | nontax_book.receipt_shown(world, one) for one in made],
        }


def levies_of(world: World) -> list[Any]:
    """Return all notices; hold the lock."""
    return list(nontax_book.levies(world).values())


@control.post("/counter")
def counter() -> Any:
    """Have somebody at a bank's counter act on a notice: {order_no, act}.

    "pay", "undo" that as if it had never been, "hold" for ten minutes, "late": a late fee of `fen`
    is added to what is due, "forget": the day's list leaves the payment out.
    """
    world, told = here(), body()
    with world.lock:
        found = [one for one in levies_of(world) if one["order_no"] == told.get("order_no")]
        if not found:
            return {"ok": False, "error": "unknown"}, 404
        levy, now = found[0], world.clock.seconds()
        if told.get("act") == "late":
            levy["late"] += int(told.get("fen", 100))
        elif told.get("act") == "undo":
            nontax_book.undo(levy)
        elif told.get("act") == "forget":
            levy.pop("paid_at", None)
        elif told.get("act") == "hold":
            levy |= {"holder": "counter", "held": now + 600}
        else:
            nontax_book.settle(levy, "BANK" + levy["payment_notice_no"], "", now)
    nontax_book.keep(world)
    return {"ok": True}
