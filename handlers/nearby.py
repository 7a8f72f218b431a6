"""Where to go: the service points nearest to somebody that handle a service and are open now."""

from collections.abc import Sequence
from datetime import timedelta
from types import MappingProxyType

from base import clock, privacy, texts
from catalogue import places, search, services
from catalogue.places import Place
from catalogue.shapes import Service

from . import store
from .dialogue import Heard, State, Topics, begin, say, tidy
from .exchange import Context, Message, Reply, Silence, Text

_PURPOSE = "whereabouts"
_KEPT = timedelta(hours=1)
_SHOWN = 3
_FAR = 500
_SHORTEST_NAME = 2

Position = tuple[float, float]
Spot = tuple[Place, float | None]


def ask(context: Context) -> Reply:
    """The nearest points if we know where the resident is; else how to tell us."""
    return _wanted(context, None)


def about(context: Context) -> Reply:
    """The nearest points that handle the service named beside the word: 社保 附近."""
    words = subject(context.message.words)
    found = search.find(context.db, words, limit=1)
    if found:
        return _wanted(context, found[0])
    return _named(context, words, None) or _wanted(context, None)


def subject(words: str) -> str:
    """What is left of a question for a place without the words that ask for one; "" if it is none.

    社保卡去哪办 → 社保卡; 附近 → "".
    """
    plain = tidy(words)
    asked = [each for each in texts.table("chat.words.where") if each in plain]
    for each in sorted(asked, key=len, reverse=True):
        plain = plain.replace(each, " ")
    return tidy(plain) if asked and plain.strip() else ""


def _wanted(context: Context, service: Service | None) -> Reply:
    sealed = store.place(context.db, context.account.key, context.now)
    if sealed is not None:
        latitude, longitude = privacy.open_json(sealed, _PURPOSE)
        return _near(context, (latitude, longitude), service)
    told = {"service": service.key if service else None}
    if service is None:
        return begin(context, "near", "place", "near.ask", told)
    return begin(context, "near", "place", "near.ask_for", told, name=service.short_name)


def _place(context: Context, state: State) -> Heard | None:
    """A position, or the name of a place; anything else is not about this."""
    key = state.told["service"]
    service = services.get(context.db, key) if key else None
    message = context.message
    if message.kind == "location":
        at = position(message, "Location_X", "Location_Y")
        return (_near(context, at, service), None) if at else (Text(words=say("near.ask")), state)
    found = _named(context, tidy(message.words), service) if message.words else None
    return (found, None) if found else None


def here(context: Context) -> Reply:
    """Answer a location message with the nearest points."""
    found = position(context.message, "Location_X", "Location_Y")
    return _near(context, found, None) if found else Text(words=say("near.ask"))


def chosen(context: Context) -> Reply:
    """Answer a place chosen from the menu with the nearest points."""
    info = context.message.fields.get("SendLocationInfo")
    found = _coordinates(info, "Location_X", "Location_Y") if isinstance(info, dict) else None
    return _near(context, found, None) if found else Text(words=say("near.ask"))


def remember(context: Context) -> Reply:
    """Note where the phone says it is, without a word: it comes whenever the chat is opened."""
    found = position(context.message, "Latitude", "Longitude")
    if found:
        sealed = privacy.seal_json(found, _PURPOSE)
        store.seen(context.db, context.account.key, sealed, context.now + _KEPT)
    return Silence()


def position(message: Message, latitude: str, longitude: str) -> Position | None:
    """Latitude and longitude in these fields, if they are a place on Earth."""
    return _coordinates(message.fields, latitude, longitude)


def _coordinates(fields: object, latitude: str, longitude: str) -> Position | None:
    if not isinstance(fields, dict):
        return None
    try:
        north, east = float(fields.get(latitude, "")), float(fields.get(longitude, ""))
    except (TypeError, ValueError):
        return None
    return (north, east) if -90 <= north <= 90 and -180 <= east <= 180 else None


def _near(context: Context, at: Position, service: Service | None) -> Reply:
    """The nearest points that are open, and the nearest of all with the time it opens."""
    key = service.key if service else None
    found = places.nearest(context.db, *at, key, limit=_FAR)
    working = [each for each in found if places.is_open(each[0], context.now)]
    shown = working[: _SHOWN - 1] or found[:_SHOWN]
    if found and found[0] not in shown:
        shown = [found[0], *shown]
    return _listed(context, shown, service, "head" if working else "head_closed")


def _named(context: Context, words: str, service: Service | None) -> Reply | None:
    """The points whose name bears these words; None when none does."""
    if len(words) < _SHORTEST_NAME:
        return None
    spots = places.handling(context.db, service.key if service else None)
    found: list[Spot] = [(each, None) for each in spots if words in each.name]
    return _listed(context, found[:_SHOWN], service, "head_named") if found else None


def _listed(context: Context, spots: Sequence[Spot], service: Service | None, head: str) -> Reply:
    if not spots:
        return Text(words=say("near.none"))
    what = say("near.handling", name=service.short_name) if service else ""
    lines = [_line(context, place, metres) for place, metres in spots]
    more = say("near.more", link=context.links.places())
    return Text(words="\n".join([say(f"near.{head}", what=what), *lines, more]))


def _line(context: Context, place: Place, metres: float | None) -> str:
    return say(
        "near.one",
        name=place.name,
        distance="" if metres is None else say("near.about", distance=_distance(metres)),
        open=_open(place, context),
        address=place.address,
        phone=place.phone,
    )


def _open(place: Place, context: Context) -> str:
    if places.is_open(place, context.now):
        return say("near.open")
    opens = places.opens(place, context.now)
    if opens is None:
        return say("near.closed")
    local = opens.astimezone(clock.SHANGHAI)
    return say("near.opens", month=local.month, day=local.day, time=f"{local:%H:%M}")


def _distance(metres: float) -> str:
    if metres < 1000:
        return say("near.metres", count=max(round(metres / 10) * 10, 10))
    return say("near.kilometres", count=f"{metres / 1000:.1f}")


TOPICS: Topics = MappingProxyType({"near": {"place": _place}})
