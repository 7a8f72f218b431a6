"""The control API of WeChat itself: its switches, templates, pushes, tokens and own events."""

from typing import Any

from flask import Blueprint, request

from ..control import Answer, body
from ..world import here
from . import content, events, links, menu, push, qrcodes, samples, switches, templates, token
from .control import BadAct, lacking, shown, told, unclear

blueprint = Blueprint("wechat_levers", __name__, url_prefix="/control/v1")
for error in (BadAct, switches.NoSuchSwitch, templates.NoSuchTemplate, samples.NoSuchEvent):
    blueprint.register_error_handler(error, unclear)
blueprint.register_error_handler(KeyError, lacking)


@blueprint.get("/wechat/switches")
def show_switches() -> Answer:
    """Tell where the switches of switches.toml stand."""
    return switches.standing(here())


@blueprint.patch("/wechat/switches")
def turn_switches() -> Answer:
    """Turn some of them."""
    switches.turn(here(), body())
    return show_switches()


@blueprint.get("/wechat/tally")
def show_tally() -> Answer:
    """Tell by path how many calls came in all, and how many at most within one second."""
    world = here()
    with world.lock:
        tallies = world.part("wechat.tally").items()
        return {path: {"total": kept["total"], "most": kept["most"]} for path, kept in tallies}


@blueprint.delete("/wechat/tally")
def forget_tally() -> Answer:
    """Count anew."""
    world = here()
    with world.lock:
        world.part("wechat.tally").clear()
    return {}


@blueprint.patch("/templates/<id>")
def mark_template(id: str) -> Answer:
    """Have a template `banned` or `deleted`, or take that back."""
    return templates.mark(here(), id, body())


@blueprint.get("/wechat/words")
def show_words() -> Answer:
    """Return the words by which content is judged."""
    return dict(content.LISTS)


@blueprint.get("/events")
def list_events() -> Answer:
    """List the events of samples.toml."""
    return {"events": list(samples.SAMPLES)}


@blueprint.post("/events")
def cause() -> Answer:
    """Push the event `name` about the account alone, with `fields` of one's own."""
    world, given, how = told()
    account = world.account(given.get("account", "oa"))
    message = samples.compose(world, account, None, str(given["name"]), given.get("fields", {}))
    return shown(push.push(world, account, message, how), message=message)


@blueprint.get("/menu")
def show_menu() -> Answer:
    """Return the published menu, and the scenes of the codes that are good now."""
    world = here()
    with world.lock:
        tickets = list(world.part("wechat.qrcodes"))
        live = [kept["scene"] for one in tickets if (kept := qrcodes.found(world, one))]
        return (menu.published(world) or {"button": []}) | {"scenes": sorted(set(live))}


@blueprint.post("/verify/<kind>")
def verify(kind: str) -> Answer:
    """Verify an account's server address as WeChat's console does: GET with echostr."""
    return push.verify(here(), here().account(kind))


@blueprint.post("/pushes/<number>/replay")
def replay(number: str) -> Answer:
    """Send one of the last 200 pushes again, to the letter; its number is in its delivery."""
    return shown([push.replay(here(), number)])


@blueprint.post("/pushes/release")
def release() -> Answer:
    """Send the pushes of these `numbers` in this order, or with `parallel` all at once.

    The way to deliver out of order what was written with `hold`.
    """
    world, given, how = told()
    numbers = [str(number) for number in given["numbers"]]
    held = [push.kept(world, number) for number in numbers]
    groups = [held] if given.get("parallel") else [[one] for one in held]
    done: list[push.Delivery] = []
    for group in groups:
        done += push.together(world, group, how.timeout_seconds)
    for one, delivery in zip(held, done, strict=True):
        person = world.by_openid(one.kind, one.query["openid"])
        if person is not None:
            events.show(world, world.account(one.kind), person, [delivery])
    return shown(done)


@blueprint.post("/tokens/revoke")
def revoke() -> Answer:
    """Make every access token issued so far invalid (40001)."""
    token.revoke(here())
    return {}


@blueprint.get("/links")
def follow_link() -> Answer:
    """Tell where a scheme or URL `link` leads, BadAct if it is unknown or over."""
    found: dict[str, Any] | None = links.found(here(), request.args.get("link", ""))
    if found is None:
        raise BadAct("this link is unknown or over")
    return found
