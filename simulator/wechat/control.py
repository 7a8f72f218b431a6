"""The control API of WeChat: what a person does in the app, by `POST /control/v1/people/<id>/…`.

Every body may hold `push` (see letters.How) to have the push of this act misbehave. Acts answer
{"deliveries": [{status, ms, reply, outcome, why, message, push}]}.
"""

import base64
import binascii
import secrets
from typing import Any

from flask import Blueprint

from ..control import Answer, body
from ..people import Person
from ..world import Account, World, here
from . import (
    codes,
    consent,
    envelope,
    events,
    follow,
    media,
    pictures,
    qrcodes,
    replies,
    samples,
    windows,
)
from .letters import How
from .push import Delivery

blueprint = Blueprint("wechat_control", __name__, url_prefix="/control/v1")


class BadAct(Exception):
    """The body of a control request does not say what to do; the text says why."""


@blueprint.errorhandler(BadAct)
@blueprint.errorhandler(follow.NoSuchButton)
@blueprint.errorhandler(samples.NoSuchEvent)
def unclear(error: Exception) -> Answer:
    """Answer 400 to an act that cannot be done."""
    return {"error": "bad_act", "why": str(error)}, 400


@blueprint.errorhandler(KeyError)
def lacking(error: KeyError) -> Answer:
    """Answer 400 when the body lacks a key or names an unknown thing."""
    return {"error": "missing_key", "key": str(error.args[0])}, 400


def told() -> tuple[World, dict[str, Any], How]:
    """Return the world, the request's body, and how its push is to be sent."""
    given = body()
    try:
        return here(), given, How(**given.get("push", {}))
    except TypeError as error:
        raise BadAct(str(error)) from None


def shown(deliveries: list[Delivery], **more: Any) -> Answer:
    """Return an act's answer."""
    return {"deliveries": [delivery.shown() for delivery in deliveries]} | more


def write(
    world: World,
    account: Account,
    person: Person,
    line: dict[str, Any],
    message: envelope.Message,
    how: How,
) -> Answer:
    """Show what a person sends, open the window it opens, and push it."""
    if account.kind == "oa" and not person.following:
        raise BadAct("who does not follow cannot write")
    world.say(person, side="resident", account=account.kind, **line)
    trigger = "click" if "bizmsgmenuid" in message else "message"
    windows.open_for(world, person, account.kind, trigger)
    return shown(events.tell(world, account, person, message, how))


@blueprint.post("/people/<id>/follow")
def follow_account(id: str) -> Answer:
    """Follow; `scene` for a scene's code."""
    world, given, how = told()
    done = follow.follow(world, world.person(id), str(given.get("scene", "")), ticket(), how)
    return shown(done)


@blueprint.post("/people/<id>/unfollow")
def unfollow_account(id: str) -> Answer:
    """Stop following."""
    world, _, how = told()
    return shown(follow.unfollow(world, world.person(id), how))


@blueprint.post("/people/<id>/scan")
def scan(id: str) -> Answer:
    """Scan the code of a `scene`, or of a `ticket` that qrcode/create gave."""
    world, given, how = told()
    scene, ticketed = str(given.get("scene", "")), given.get("ticket")
    if ticketed:
        kept = qrcodes.found(world, ticketed)
        if kept is None:
            raise BadAct("this code is unknown or no longer good")
        scene = kept["scene"]
    return shown(follow.scan(world, world.person(id), scene, ticketed or ticket(), how))


@blueprint.post("/people/<id>/menu")
def tap(id: str) -> Answer:
    """Tap the menu button with this `key`, `url` or `name`."""
    world, given, how = told()
    return shown(follow.tap(world, world.person(id), given, how))


@blueprint.post("/people/<id>/text")
def text(id: str) -> Answer:
    """Write `content`; with `account` "mp" to the mini-program's service desk."""
    world, given, how = told()
    person, content = world.person(id), str(given["content"])
    account = world.account(given.get("account", "oa"))
    taps = ("bizmsgmenuid",) if account.kind == "oa" else ()
    more = {key: given[key] for key in taps if key in given}
    message = events.message(world, account, person, "text", Content=content, **more)
    return write(world, account, person, {"kind": "text", "text": content}, message, how)


@blueprint.post("/people/<id>/image")
def image(id: str) -> Answer:
    """Send a picture: `data` in base64 with `content_type`, or an invented one; "mp" as `text`."""
    world, given, how = told()
    person, account = world.person(id), world.account(given.get("account", "oa"))
    try:
        content = base64.b64decode(given.get("data", ""), validate=True)
    except (binascii.Error, ValueError):
        raise BadAct("data is not base64") from None
    kind = given.get("content_type", "image/jpeg")
    media_id = media.keep(world, account, content or pictures.landscape(), kind)
    given_too = {"PicUrl": media.address(world, media_id), "MediaId": media_id}
    message = events.message(world, account, person, "image", **given_too)
    return write(world, account, person, replies.picture(media_id), message, how)


@blueprint.post("/people/<id>/voice")
def voice(id: str) -> Answer:
    """Speak; `recognition` is what WeChat understood, absent if the account has no right to it."""
    world, given, how = told()
    person, understood = world.person(id), str(given.get("recognition", ""))
    account = world.account("oa")
    media_id = media.keep(world, account, pictures.SILENCE, "audio/amr")
    given_too = {"MediaId": media_id, "Format": "amr"}
    if understood:
        given_too["Recognition"] = understood
    message = events.message(world, account, person, "voice", **given_too)
    return write(world, account, person, replies.sound(media_id, understood), message, how)


@blueprint.post("/people/<id>/location")
def location(id: str) -> Answer:
    """Send a place: `latitude`, `longitude`, `label`; with `report` true as WeChat's own report."""
    world, given, how = told()
    person, account = world.person(id), world.account("oa")
    north, east = float(given["latitude"]), float(given["longitude"])
    if given.get("report"):
        events.note(world, account, person, "reported")
        where = {"Latitude": north, "Longitude": east, "Precision": 40.0}
        report = events.event(world, account, person, "LOCATION", **where)
        return shown(events.tell(world, account, person, report, how))
    label = str(given.get("label", ""))
    place = {"Location_X": north, "Location_Y": east, "Scale": 15, "Label": label}
    message = events.message(world, account, person, "location", **place)
    line = {"kind": "location", "latitude": north, "longitude": east, "label": label}
    return write(world, account, person, line, message, how)


@blueprint.post("/people/<id>/enter")
def enter(id: str) -> Answer:
    """Enter the mini-program's service desk; `session_from` goes along."""
    world, given, how = told()
    person, account = world.person(id), world.account("mp")
    windows.open_for(world, person, "mp", "enter")
    visit(world, person)
    events.note(world, account, person, "entered")
    source = str(given.get("session_from", ""))
    entered = events.event(world, account, person, "user_enter_tempsession", SessionFrom=source)
    return shown(events.tell(world, account, person, entered, how))


@blueprint.post("/people/<id>/raw_event")
def raw(id: str) -> Answer:
    """Push any `message` from the person to `account`; the common part is added if absent."""
    world, given, how = told()
    person, account = world.person(id), world.account(given.get("account", "oa"))
    message = events.common(world, account, person.openids[account.kind], "event")
    message |= given["message"]
    return shown(events.tell(world, account, person, message, how), message=message)


@blueprint.post("/people/<id>/event")
def cause(id: str) -> Answer:
    """Push the event `name` of samples.toml about the person, with `fields` of one's own."""
    world, given, how = told()
    person, account = world.person(id), world.account(given.get("account", "oa"))
    message = samples.compose(world, account, person, str(given["name"]), given.get("fields", {}))
    return shown(events.tell(world, account, person, message, how), message=message)


@blueprint.post("/people/<id>/open")
def open_program(id: str) -> Answer:
    """Open the mini-program, as some of its APIs want to have seen lately."""
    world = here()
    visit(world, world.person(id))
    return {}


def visit(world: World, person: Person) -> None:
    """Note that a person has the mini-program open now."""
    with world.lock:
        person.opened = world.clock.seconds()
    world.touched(person)


@blueprint.post("/people/<id>/window")
def open_window(id: str) -> Answer:
    """Open a customer-service window by a `trigger`, such as "payment", at `account`."""
    world, given, _ = told()
    trigger = str(given["trigger"])
    if trigger not in windows.TRIGGERS:
        raise BadAct(f"triggers are {', '.join(windows.TRIGGERS)}")
    windows.open_for(world, world.person(id), given.get("account", "oa"), trigger)
    return {}


@blueprint.post("/people/<id>/subscribe")
def subscribe(id: str) -> Answer:
    """Answer the consent popup for `template_ids`: `accept` true (usual) or false."""
    world, given, how = told()
    person, accept = world.person(id), given.get("accept", True) is True
    done = consent.grant(world, person, given["template_ids"], accept, how)
    word = "accept" if accept else "reject"
    return shown(done, results=dict.fromkeys(given["template_ids"], word))


@blueprint.post("/people/<id>/withdraw")
def withdraw(id: str) -> Answer:
    """Switch `template_ids` off in the settings."""
    world, given, how = told()
    return shown(consent.withdraw(world, world.person(id), given["template_ids"], how))


@blueprint.post("/people/<id>/login-code")
def login_code(id: str) -> Answer:
    """Return what wx.login gives a mini-program: {"code"}."""
    return issued("login", id, "mp")


@blueprint.post("/people/<id>/phone-code")
def phone_code(id: str) -> Answer:
    """Return what the phone number button gives a mini-program: {"code"}."""
    return issued("phone", id, "mp")


@blueprint.post("/people/<id>/oauth-code")
def oauth_code(id: str) -> Answer:
    """Return a web authorisation code for `scope` without going through the browser."""
    return issued("web", id, "oa", scope=body().get("scope", "snsapi_base"))


def issued(purpose: str, id: str, kind: str, **more: Any) -> Answer:
    """Issue a one-time code to a person at an account."""
    world, person = here(), here().person(id)
    if kind == "mp":
        visit(world, person)
    return {"code": codes.issue(world, purpose, world.account(kind), person, **more)}


def ticket() -> str:
    """Return the look of a QR code's ticket."""
    return "g" + secrets.token_urlsafe(72)
