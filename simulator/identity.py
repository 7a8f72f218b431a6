"""Tencent Cloud's one address: the identity check `IdCardVerification`, and text messages (sms).

The identity check answers whether a name bears a number.
"""

import json
import re
import time
import tomllib
import uuid
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, g, request

from . import sms, tc3
from .control import body
from .faults import Fault
from .people import check_digit
from .tc3 import Refused
from .world import World, here

WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "identity.toml").read_text()
)
ACTION, VERSION = "IdCardVerification", "2018-03-01"
NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]{2,30}")
NUMBER = re.compile(r"[0-9]{17}[0-9X]")
CHARGED = ("0", "-1")
# Standing behaviour, kept until it is changed: `result` (a code instead of the truth), `error`
# (an error code), `slow_seconds`, `down` (the connection breaks).
MODES = ("result", "error", "slow_seconds", "down")
# Kinds of faults for the endpoint "IdCardVerification": "result" (result), "error" (code). The
# transport's faults are ordered for the path "/".
FAULTS = ("result", "error")

blueprint = Blueprint("identity", __name__)
control = Blueprint("identity_control", __name__, url_prefix="/control/v1/identity")

Answer = dict[str, Any] | tuple[dict[str, Any], int]


@blueprint.post("/")
def verify() -> Response:
    """Answer one signed call; status 200 whatever happens."""
    try:
        answer = answered(here())
    except Refused as refusal:
        message = f"{WORDS['errors'].get(refusal.code, refusal.code)}{refusal.about}"
        answer = {"Error": {"Code": refusal.code, "Message": message}}
    told = {"Response": answer | {"RequestId": str(uuid.uuid4())}}
    return Response(json.dumps(told, ensure_ascii=False), 200, content_type="application/json")


def answered(world: World) -> dict[str, Any]:
    """Check the signature, then whatever stands in the way, then the person; Refused otherwise."""
    tc3.authenticate(world, request)
    action = request.headers.get("X-TC-Action", "")
    if action in sms.ANSWERS:
        if request.headers.get("X-TC-Version") != sms.VERSION:
            raise Refused("NoSuchVersion")
        return sms.ANSWERS[action](world)
    if action != ACTION:
        raise Refused("InvalidAction")
    if request.headers.get("X-TC-Version") != VERSION:
        raise Refused("NoSuchVersion")
    fault = world.faults.take(ACTION, *FAULTS)
    g.fault = fault or g.get("fault")
    stand_in_the_way(world, fault)
    name, number = told_person(request.get_data())
    result = forced(world, fault) or compared(world, name, number)
    count(world, result)
    return {"Result": result, "Description": WORDS["results"][result]}


def stand_in_the_way(world: World, fault: Fault | None) -> None:
    """Be slow, break the connection or answer an error, as the mode or a fault wants it."""
    ways = mode(world)
    time.sleep(float(ways.get("slow_seconds") or 0))
    if ways.get("down"):
        request.environ["simulator.drop"] = True
        raise Refused("InternalError")
    error = fault.values.get("code") if fault and fault.kind == "error" else ways.get("error")
    if error or (fault and fault.kind == "error"):
        raise Refused(error or "InternalError")


def told_person(sent: bytes) -> tuple[str, str]:
    """Read Name and IdCard of the request; Refused when they are missing or no texts."""
    try:
        told = json.loads(sent)
    except ValueError:
        raise Refused("InvalidParameter") from None
    if not isinstance(told, dict):
        raise Refused("InvalidParameter")
    if told.get("Encryption"):
        raise Refused("UnsupportedOperation", "Encryption")
    for key in ("IdCard", "Name"):
        if key not in told:
            raise Refused("MissingParameter", key)
        if not isinstance(told[key], str):
            raise Refused("InvalidParameter", key)
    return told["Name"], told["IdCard"].upper()


def compared(world: World, name: str, number: str) -> str:
    """Return the result code for a name and a number, by the people of this world."""
    if not NUMBER.fullmatch(number) or check_digit(number[:17]) != number[17]:
        return "-2"
    if not NAME.fullmatch(name):
        return "-3"
    with world.lock:
        names = [one.name for one in world.people.values() if one.id_number == number]
    if not names:
        return "-5"
    return "0" if name in names else "-1"


def forced(world: World, fault: Fault | None) -> str:
    """Return the result code a fault or the mode wants instead of the truth, or nothing."""
    if fault is not None and fault.kind == "result":
        return str(fault.values.get("result", "-4"))
    return str(mode(world).get("result") or "")


def mode(world: World) -> dict[str, Any]:
    """Return the standing behaviour."""
    with world.lock:
        return dict(world.part("identity").get("mode", {}))


def count(world: World, result: str) -> None:
    """Count a check under its result."""
    with world.lock:
        counts = world.part("identity").setdefault("counts", {})
        counts[result] = counts.get(result, 0) + 1
    world.changed("identity", "counts")


@control.get("")
def show() -> Answer:
    """Tell the mode, how many checks had which result, and how many were charged."""
    world = here()
    with world.lock:
        counts: dict[str, int] = dict(world.part("identity").get("counts", {}))
    charged = sum(counts.get(code, 0) for code in CHARGED)
    return {"mode": mode(world), "counts": counts, "charged": charged}


@control.post("/mode")
def set_mode() -> Answer:
    """Set the standing behaviour: {result?, error?, slow_seconds?, down?}; {} is the truth."""
    world, told = here(), body()
    strange = sorted(set(told) - set(MODES))
    if strange or str(told.get("result") or "0") not in WORDS["results"]:
        return {"ok": False, "error": "unknown", "what": strange or told["result"]}, 400
    with world.lock:
        world.part("identity")["mode"] = told
    world.changed("identity", "mode")
    return show()
