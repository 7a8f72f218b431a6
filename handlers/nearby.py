"""The service points nearest to where somebody is."""

from collections.abc import Sequence
from datetime import timedelta

from base import privacy
from catalogue import places
from catalogue.places import Place

from . import store
from .dialogue import say
from .exchange import Context, Message, Reply, Silence, Text

_PURPOSE = "whereabouts"
_KEPT = timedelta(hours=1)

Position = tuple[float, float]


def ask(context: Context) -> Reply:
    """The nearest points if we know where the resident is; else how to tell us."""
    sealed = store.place(context.db, context.account.key, context.now)
    if sealed is None:
        return Text(words=say("near.ask"))
    latitude, longitude = privacy.open_json(sealed, _PURPOSE)
    return _near(context, (latitude, longitude))


def here(context: Context) -> Reply:
    """Answer a location message with the nearest points."""
    found = position(context.message, "Location_X", "Location_Y")
    return _near(context, found) if found else Text(words=say("near.ask"))


def chosen(context: Context) -> Reply:
    """Answer a place chosen from the menu with the nearest points."""
    info = context.message.fields.get("SendLocationInfo")
    found = _coordinates(info, "Location_X", "Location_Y") if isinstance(info, dict) else None
    return _near(context, found) if found else Text(words=say("near.ask"))


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


def _near(context: Context, at: Position) -> Reply:
    found: Sequence[tuple[Place, float]] = places.nearest(context.db, *at, limit=3)
    if not found:
        return Text(words=say("near.none"))
    lines = [_line(context, place, metres) for place, metres in found]
    return Text(words="\n".join([say("near.head"), *lines]))


def _line(context: Context, place: Place, metres: float) -> str:
    return say(
        "near.one",
        name=place.name,
        distance=_distance(metres),
        open=say("near.open" if places.is_open(place, context.now) else "near.closed"),
        address=place.address,
        phone=place.phone,
    )


def _distance(metres: float) -> str:
    if metres < 1000:
        return say("near.metres", count=max(round(metres / 10) * 10, 10))
    return say("near.kilometres", count=f"{metres / 1000:.1f}")
