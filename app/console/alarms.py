"""What somebody must look at: open alarms, and endpoints of WeChat that are not asked for now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import alarms, audit, texts
from base.alarms import Alarm

from ..runtime import here
from ..wechat.valves import TEXTS, Valve
from .guard import me, needs

blueprint = Blueprint("alarms", __name__, url_prefix="/alarms")

_MOST = 100


class Facts(dict[str, Any]):
    """What fills a sentence; a fact that is missing shows as a dash."""

    def __missing__(self, _key: str) -> str:
        return "—"


@dataclass(frozen=True)
class Told:
    """One open alarm in words."""

    kind: str
    key: str
    words: str
    rid: str
    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True)
class Shut:
    """One valve in words."""

    valve: Valve
    account: str
    endpoint: str
    why: str


@blueprint.get("")
@needs("alarm.see")
def page() -> ResponseReturnValue:
    """Every open alarm, the latest first, and every valve that is not open."""
    valves = here().wechat.oa.valves.standing()
    return render_template(
        "console/alarms.html",
        rows=[told(each) for each in alarms.standing(here().db, _MOST)],
        valves=[_shut(each) for each in valves],
    )


@blueprint.post("/clear")
@needs("alarm.clear")
def clear() -> ResponseReturnValue:
    """Close an alarm that has been seen to; it comes back when its cause does."""
    kind, key = request.form.get("kind", ""), request.form.get("key", "")
    if alarms.clear(here().db, kind, key, me().actor):
        audit.record(here().db, me().actor, "alarm.clear", f"alarm:{kind}", of=key)
        flash(texts.say("console.alarm_cleared"), "success")
    else:
        flash(texts.say("console.alarm_gone"), "warning")
    return redirect(url_for("console.alarms.page"), 303)


@blueprint.post("/reopen")
@needs("alarm.clear")
def reopen() -> ResponseReturnValue:
    """Ask an endpoint again at once, as after its quota was cleared by hand."""
    name = request.form.get("valve", "")
    if here().wechat.oa.valves.reopen(name):
        audit.record(here().db, me().actor, "valve.reopen", f"valve:{name}")
        flash(texts.say("console.valve_reopened"), "success")
    else:
        flash(texts.say("console.valve_gone"), "warning")
    return redirect(url_for("console.alarms.page"), 303)


def told(alarm: Alarm) -> Told:
    """An alarm in words, whatever its kind and its facts."""
    sentences: dict[str, str] = texts.table("alarms")
    facts = Facts({"kind": alarm["kind"]} | alarm["facts"])
    if "appid" in facts:
        facts["account"] = _account(facts["appid"])
    if "collection" in facts:
        facts["collection"] = _named("collections", facts["collection"])
    sentence = sentences.get(alarm["kind"], sentences["other"])
    return Told(
        kind=alarm["kind"],
        key=alarm["key"],
        words=sentence.format_map(facts),
        rid=alarm["facts"].get("rid", ""),
        first=alarm["first"],
        last=alarm["last"],
        count=alarm["count"],
    )


def waiting() -> int:
    """How many alarms are open, a hundred at most."""
    return len(alarms.standing(here().db, _MOST))


def _shut(valve: Valve) -> Shut:
    endpoint = _named("valve_endpoints", valve.endpoint)
    return Shut(valve, _account(valve.appid), endpoint, _named("valve_whys", valve.why))


def _account(appid: str) -> str:
    settings = here().settings
    known = {settings.wechat_oa_appid: "oa", settings.wechat_mp_appid: "mp", TEXTS: TEXTS}
    sentences: Mapping[str, str] = texts.table("alarms")
    return sentences[f"account_{known[appid]}"] if appid in known else appid


def _named(table: str, code: str) -> str:
    """The words for a code; the code itself while nobody has worded it."""
    words: dict[str, str] = texts.table(f"console.{table}")
    return words.get(code, code)
