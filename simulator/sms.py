"""Tencent Cloud's text messages: SendSms with its limits, and the delivery reports to be pulled.

Part "sms": "day <number>" -> {"day", "sent": [Unix times]}, "reports" -> reports not yet pulled,
"mode" -> the standing behaviour, "count" -> texts accepted. A text shows on its owner's phone as a
chat line of account "sms": kind "text", text "【签名】…".
"""

import re
import time
import tomllib
import uuid
from pathlib import Path
from typing import Any

from flask import Blueprint, g, request

from .control import body
from .people import Person
from .tc3 import Refused
from .world import World, here

WORDS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "sms.toml").read_text())
VERSION = "2021-01-11"
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
PLACE = re.compile(r"\{(\d+)\}")
LONGEST_PARAMETER = 20
# Standing behaviour, changed over the control API: how often one number may be written to (0: as
# often as one likes), whose carrier refuses, how long a send takes, and when reports can be pulled.
USUAL: dict[str, Any] = {
    "thirty_seconds": 1,
    "hour": 5,
    "day": 10,
    "blacklist": [],
    "seconds": 0.0,
    "report_seconds": 0.5,
}
# Kinds of faults for the endpoint "SendSms": "error" (code) refuses one number; "error_after"
# (code) answers so, having sent; "report" (status, description) has the carrier report something
# else; "slow" (seconds) answers late, having sent.
FAULTS = ("error", "error_after", "report", "slow")

control = Blueprint("sms_control", __name__, url_prefix="/control/v1/sms")

Answer = dict[str, Any]


def send(world: World) -> Answer:
    """Answer SendSms: one status per number, and the texts that were taken on their way."""
    told = posted()
    setup = world.config["sms"]
    if told.get("SmsSdkAppId") != setup["app_id"]:
        raise Refused("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
    numbers = told.get("PhoneNumberSet")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 200:
        raise Refused("InvalidParameterValue.IncorrectPhoneNumber")
    fault = world.faults.take("SendSms", *FAULTS)
    g.fault = fault or g.get("fault")
    values = fault.values if fault else {}
    kind, code = fault.kind if fault else "", values.get("code", "InternalError.Timeout")
    forced = code if kind == "error" else ""
    time.sleep(float(mode(world)["seconds"]))
    statuses = [one(world, told, str(number), forced, values) for number in numbers]
    if kind == "error_after":
        statuses = [each | verdict(code) for each in statuses]
    time.sleep(float(values.get("seconds", 6)) if kind == "slow" else 0)
    return {"SendStatusSet": statuses}


def one(
    world: World, told: dict[str, Any], number: str, forced: str, values: dict[str, Any]
) -> Answer:
    """Return what became of the text to one number."""
    code = forced or fault_of(world, told, number)
    serial = "" if code else f"2640:{uuid.uuid4().int % 10**24:024}"
    if not code:
        deliver(world, told, number, serial, values)
    about = {"PhoneNumber": number, "SessionContext": told.get("SessionContext", "")}
    return about | {"IsoCode": "CN"} | verdict(code, serial)


def verdict(code: str, serial: str = "") -> Answer:
    """Return what the service says of one text: an error code, or its number."""
    said = WORDS["codes"].get(code, code) if code else "send success"
    return {"SerialNo": serial, "Fee": 0 if code else 1, "Code": code or "Ok", "Message": said}


def fault_of(world: World, told: dict[str, Any], number: str) -> str:
    """Return the error code that stands in the way of a text, or nothing; counts what is taken."""
    if not NUMBER.fullmatch(number):
        return "InvalidParameterValue.IncorrectPhoneNumber"
    setup, values = world.config["sms"], told.get("TemplateParamSet") or []
    if told.get("SignName") != setup["sign"]:
        return "FailedOperation.SignatureIncorrectOrUnapproved"
    template = approved(world, told.get("TemplateId"))
    if template is None:
        return "FailedOperation.TemplateUnapprovedOrNotExist"
    if len(values) != len(set(PLACE.findall(template["text"]))):
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    if any(not value or len(value) > LONGEST_PARAMETER for value in values):
        return "InvalidParameterValue.TemplateParameterLengthLimit"
    return crowded(world, number)


def crowded(world: World, number: str) -> str:
    """Return why a number is not to be written to now, or nothing, and then count one more."""
    limits, now = mode(world), world.clock.seconds()
    if number in limits["blacklist"]:
        return "FailedOperation.PhoneNumberInBlacklist"
    with world.lock:
        kept = world.part("sms").setdefault(f"sent {number}", [])
        kept[:] = [moment for moment in kept if moment > now - 86400]
        for name, seconds, code in (
            ("thirty_seconds", 30, "LimitExceeded.PhoneNumberThirtySecondLimit"),
            ("hour", 3600, "LimitExceeded.PhoneNumberOneHourLimit"),
            ("day", 86400, "LimitExceeded.PhoneNumberDailyLimit"),
        ):
            if limits[name] and sum(moment > now - seconds for moment in kept) >= limits[name]:
                return code
        kept.append(now)
    world.changed("sms", f"sent {number}")
    return ""


def deliver(
    world: World, told: dict[str, Any], number: str, serial: str, values: dict[str, Any]
) -> None:
    """Show the text on its owner's phone, and keep the carrier's report until it is pulled."""
    owner = owner_of(world, number)
    template = approved(world, told["TemplateId"])
    assert template is not None
    text = PLACE.sub(lambda place: told["TemplateParamSet"][int(place[1]) - 1], template["text"])
    status = values.get("status", "SUCCESS" if owner else "FAIL")
    if owner is not None and status == "SUCCESS":
        shown = f"【{told['SignName']}】{text}"
        context = told.get("SessionContext", "")
        world.say(owner, side="account", account="sms", kind="text", text=shown, context=context)
    report = {
        "UserReceiveTime": world.clock.stamp(),
        "CountryCode": "86",
        "SubscriberNumber": number.removeprefix("+86"),
        "PhoneNumber": number,
        "SerialNo": serial,
        "ReportStatus": status,
        "Description": values.get("description", "DELIVRD" if owner else "UNKNOWN NUMBER"),
        "SessionContext": told.get("SessionContext", ""),
    }
    with world.lock:
        part = world.part("sms")
        part["count"] = part.get("count", 0) + 1
        ready = world.clock.seconds() + float(mode(world)["report_seconds"])
        part.setdefault("reports", []).append({"at": ready, "report": report})
    world.changed("sms", "reports")


def owner_of(world: World, number: str) -> Person | None:
    """Return whoever has this number, written as a text's addressee."""
    plain = number.removeprefix("+86")
    with world.lock:
        return next((each for each in world.people.values() if each.phone == plain), None)


def approved(world: World, id: object) -> dict[str, Any] | None:
    """Return the approved text of this id."""
    found = (each for each in world.config["sms"]["templates"] if each["id"] == id)
    return next(found, None)


def pull(world: World) -> Answer:
    """Answer PullSmsSendStatus: reports that are ready, each once."""
    told, now = posted(), world.clock.seconds()
    limit = told.get("Limit")
    if not isinstance(limit, int) or not 1 <= limit <= 100:
        raise Refused("InvalidParameterValue.LimitVerifyFail")
    with world.lock:
        waiting = world.part("sms").setdefault("reports", [])
        ready = [each for each in waiting if each["at"] <= now][:limit]
        waiting[:] = [each for each in waiting if each not in ready]
    world.changed("sms", "reports")
    return {"PullSmsSendStatusSet": [each["report"] for each in ready]}


def posted() -> dict[str, Any]:
    """Return the posted object; Refused otherwise."""
    told = request.get_json(force=True, silent=True)
    if not isinstance(told, dict):
        raise Refused("InvalidParameter")
    return told


def mode(world: World) -> dict[str, Any]:
    """Return the standing behaviour."""
    with world.lock:
        changed: dict[str, Any] = world.part("sms").get("mode", {})
        return USUAL | changed


# What the cloud's one address does for this service, by X-TC-Action.
ANSWERS = {"SendSms": send, "PullSmsSendStatus": pull}


@control.get("")
def show() -> Answer:
    """Tell the mode and how many texts were taken and how many reports wait."""
    world = here()
    with world.lock:
        part = world.part("sms")
        return {
            "mode": mode(world),
            "count": part.get("count", 0),
            "reports": len(part.get("reports", [])),
        }


@control.post("/mode")
def set_mode() -> Answer | tuple[Answer, int]:
    """Change the standing behaviour (USUAL); {} is the usual one again."""
    world, told = here(), body()
    strange = sorted(set(told) - set(USUAL))
    if strange:
        return {"ok": False, "error": "unknown", "what": strange}, 400
    with world.lock:
        part = world.part("sms")
        part["mode"] = part.get("mode", {}) | told if told else {}
    world.changed("sms", "mode")
    return show()
