"""The control API of the whole world: people, clock, faults, log, reset; JSON in and out."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, request

from .wechat import follow
from .wechat.letters import How
from .world import NoSuchPerson, here

blueprint = Blueprint("control", __name__, url_prefix="/control/v1")

CHANGEABLE = ("name", "nickname", "phone", "unionid", "blocked", "blacklisted", "snapshot")

Answer = dict[str, Any] | tuple[dict[str, Any], int]


def body() -> dict[str, Any]:
    """Return the JSON object of the current control request; an absent one is empty."""
    told = request.get_json(force=True, silent=True)
    return told if isinstance(told, dict) else {}


@blueprint.app_errorhandler(NoSuchPerson)
def nobody(error: NoSuchPerson) -> Answer:
    """Answer 404 when a person is unknown."""
    return {"error": "no_such_person", "id": str(error)}, 404


@blueprint.errorhandler(KeyError)
def lacking(error: KeyError) -> Answer:
    """Answer 400 when the body lacks a key."""
    return {"error": "missing_key", "key": str(error.args[0])}, 400


@blueprint.get("/health")
def health() -> Answer:
    """Say that the simulator is up, and what its accounts are."""
    accounts = {
        kind: {"appid": one.appid, "name": one.name} for kind, one in here().accounts.items()
    }
    return {"status": "ok", "accounts": accounts}


@blueprint.post("/people")
def add_person() -> Answer:
    """Invent a person; the body may fix name, id_number, phone and the like, or say `follow`."""
    world, told = here(), body()
    person = world.invent(told)
    if told.get("follow"):
        follow.follow(world, person, "", "", How())
    return person.shown(), 201


@blueprint.get("/people")
def list_people() -> Answer:
    """List everybody."""
    world = here()
    with world.lock:
        return {"people": [person.shown() for person in world.people.values()]}


@blueprint.get("/people/<id>")
def show_person(id: str) -> Answer:
    """Show one person."""
    return here().person(id).shown()


@blueprint.patch("/people/<id>")
def change_person(id: str) -> Answer:
    """Change what of a person may change (CHANGEABLE)."""
    world, told = here(), body()
    with world.lock:
        person = world.person(id)
        for key in CHANGEABLE:
            if key in told:
                setattr(person, key, told[key])
    world.touched(person)
    return person.shown()


@blueprint.get("/people/<id>/chat")
def show_chat(id: str) -> Answer:
    """Return the chat lines numbered above `since`, and the unread count; `seen=1` reads."""
    world, since = here(), request.args.get("since", 0, int)
    with world.lock:
        person = world.person(id)
        if request.args.get("seen") == "1" and person.unread:
            person.unread = 0
            world.touched(person)
        lines = [line for line in person.chat if line["n"] > since]
        return {"lines": lines, "unread": person.unread}


@blueprint.get("/clock")
def show_clock() -> Answer:
    """Tell the virtual time."""
    clock = here().clock
    return {
        "now": clock.now().isoformat(),
        "seconds": clock.seconds(),
        "offset_seconds": clock.offset,
    }


@blueprint.post("/clock")
def set_clock() -> Answer:
    """Advance by `advance_seconds`, or put the offset at `offset_seconds`."""
    world, told = here(), body()
    with world.lock:
        offset = told.get("offset_seconds", world.clock.offset)
        world.clock.set(float(offset) + float(told.get("advance_seconds", 0)))
    world.changed()
    return show_clock()


@blueprint.get("/faults")
def list_faults() -> Answer:
    """List the faults that have not happened yet."""
    return {"faults": [asdict(fault) for fault in here().faults.waiting()]}


@blueprint.post("/faults")
def order_fault() -> Answer:
    """Order a fault: endpoint, kind, times, and what the kind needs."""
    return asdict(here().faults.order(body())), 201


@blueprint.delete("/faults")
def cancel_faults() -> Answer:
    """Cancel every fault that has not happened yet."""
    here().faults.clear()
    return {}


@blueprint.get("/log")
def show_log() -> Answer:
    """Return what crossed the wire after number `since`."""
    since = request.args.get("since", 0, int)
    return {"lines": here().wire.since(since, request.args.get("limit", 200, int))}


@blueprint.post("/reset")
def reset() -> Answer:
    """Forget everything."""
    here().reset()
    return {}
