"""Residents come and go: follow, scan the code of a counter, a village or a unit, leave."""

from base import clock
from base.errors import Missing
from base.outbox import promise
from catalogue import agencies, places, services
from catalogue.places import Place
from people import residents, scenes
from people.scenes import Scene

from .dialogue import say
from .exchange import Context, Reply, Silence, Text
from .revoking import forgotten


def welcome(context: Context) -> Reply:
    """Greet a new follower and note by which code she came; her unionid is asked for later."""
    account, scene = context.account, context.message.scene
    found = residents.arrive(context.db, account, context.message.moment)
    residents.follow(
        context.db, account.kind, account.openid, scene or None, context.message.moment
    )
    came_by = scenes.arrived(context.db, scene, found.id) if scene else None
    words = say("welcome", scene=_where(context, came_by), home=context.links.home())
    return Text(words=words, after=(promise("follower.link", openid=account.openid),))


def scanned(context: Context) -> Reply:
    """Greet a follower who scanned the code of a counter, a village or a unit.

    Whoever is told of as scanning follows, though we may never have heard of it.
    """
    residents.meet(context.db, context.account, context.message.moment)
    scene = scenes.find(context.db, context.message.scene)
    return Text(words=say("welcome_back", scene=_where(context, scene)))


def entered(_context: Context) -> Reply:
    """Greet whoever opens the mini-program's service desk."""
    return Text(words=say("program"))


def left(context: Context) -> Reply:
    """Forget what belongs to the account; the resident's cases are kept."""
    account, moment = context.account, context.message.moment
    if not residents.unfollow(context.db, account.kind, account.openid, moment):
        return Silence()
    return forgotten(context, account.openid)


def _where(context: Context, scene: Scene | None) -> str:
    """What a code stands for, and what one can do there; "" when it is none of ours."""
    try:
        return _told(context, scene) if scene else ""
    except Missing:
        return ""


def _told(context: Context, scene: Scene) -> str:
    """The words of a code; raises Missing when what it stands for has gone from the county."""
    if scene.kind != scenes.UNIT:
        return _place(context, places.get(context.db, scene.target))
    what, _, id = scene.target.partition(":")
    if what == "company":
        return say("scene.company", name=scene.name, link=context.links.companies())
    office = agencies.get(context.db, id)
    return say("scene.agency", name=office.name, phone=office.phone)


def _place(context: Context, place: Place) -> str:
    level = place.level
    handled = sum(level in each.accept_levels for each in services.browse(context.db))
    return say(
        "scene.place",
        name=place.name,
        open=_open(context, place),
        address=place.address,
        phone=place.phone,
        count=handled,
    )


def _open(context: Context, place: Place) -> str:
    if places.is_open(place, context.now):
        return say("scene.open")
    opens = places.opens(place, context.now)
    if opens is None:
        return say("scene.closed")
    local = opens.astimezone(clock.SHANGHAI)
    return say("scene.opens", month=local.month, day=local.day, time=f"{local:%H:%M}")
