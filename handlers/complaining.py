"""Complain: words, photos and a place, told in several messages and gathered into one ticket."""

from datetime import datetime, timedelta
from types import MappingProxyType

from base.outbox import promise
from base.store import Database
from feedback import filing, rules, tickets
from feedback.tickets import Place

from .asking import filed
from .dialogue import Heard, State, Topics, begin, is_word, say, standing
from .exchange import Context, Reply, Text
from .nearby import position

_MOST_PHOTOS = 9
_LONGEST_LABEL = 200
_REMINDED = timedelta(minutes=20)


def start(context: Context) -> Reply:
    """Ask what happened."""
    return begin(context, "complain", "words", "complain.words")


def is_unfinished(db: Database, account: str, key: str, now: datetime) -> bool:
    """Whether the complaint that began with this message is told in part and not filed yet."""
    state = standing(db, account, now)
    return state is not None and (state.topic, state.key) == ("complain", key)


def _words(context: Context, state: State) -> Heard:
    """What happened, in words; photographs that come before them are gathered."""
    if gathered := _photo(context, state, "complain.more_words"):
        return gathered
    words = filing.tidy(context.message.words)
    if not words or is_word(context, "done"):
        return Text(words=say("complain.more_words")), state
    if len(words) > _most():
        return Text(words=say("complain.too_long", most=_most())), state
    asked = say("complain.photos", most=_MOST_PHOTOS)
    account = context.account
    told = {"kind": account.kind, "openid": account.openid, "key": state.key}
    later = promise("complaint.remind", after=_REMINDED, **told)
    photos = state.told.get("photos", [])
    return Text(words=asked, after=(later,)), state.after("photos", words=[words], photos=photos)


def _photos(context: Context, state: State) -> Heard:
    """Gather photos and further words until the resident has done."""
    if is_word(context, "done") or is_word(context, "skip"):
        return Text(words=say("complain.place")), state.after("place")
    if gathered := _photo(context, state, "complain.more_photos"):
        return gathered
    if said := filing.tidy(context.message.words):
        words = [*state.told["words"], said]
        if len("\n".join(words)) > _most():
            return Text(words=say("complain.full", most=_most())), state
        return Text(words=say("complain.added")), state.after("photos", words=words)
    return Text(words=say("complain.photos", most=_MOST_PHOTOS)), state


def _photo(context: Context, state: State, ask: str) -> Heard | None:
    """Keep a photograph at whatever step it comes, and `ask` on; None for any other message.

    Pushes come in any order: the last of nine may be heard after the word that ends them.
    """
    media_id = context.message.text("MediaId")
    if context.message.kind != "image" or not media_id:
        return None
    photos = [*state.told.get("photos", ()), media_id]
    if len(photos) > _MOST_PHOTOS:
        return Text(words=say("complain.too_many", most=_MOST_PHOTOS, ask=say(ask))), state
    counted = say("complain.photo", count=len(photos), ask=say(ask))
    return Text(words=counted), state.after(state.step, photos=photos)


def _most() -> int:
    """How many signs a story may have, so that the line that says where goes with it."""
    return rules.limits().text_most - len("\n" + say("complain.at", label="")) - _LONGEST_LABEL


def _place(context: Context, state: State) -> Heard:
    """Where it happened ends the story: a position, an address in words, or nothing.

    A photograph that comes only now is added.
    """
    message = context.message
    if message.kind == "location":
        return _submit(context, state, *_pinned(context)), None
    if gathered := _photo(context, state, "complain.more_place"):
        return gathered
    if is_word(context, "skip"):
        return _submit(context, state), None
    if is_word(context, "done"):
        return Text(words=say("complain.place")), state
    words = filing.tidy(message.words)
    if not words:
        return Text(words=say("complain.more_place")), state
    return _submit(context, state, words[:_LONGEST_LABEL]), None


def _pinned(context: Context) -> tuple[str, Place | None]:
    """The place of a location message: its name, and where it is if that can be read."""
    found = position(context.message, "Location_X", "Location_Y")
    label = filing.tidy(context.message.text("Label"))[:_LONGEST_LABEL]
    if found is None:
        return label, None
    return "", Place(latitude=found[0], longitude=found[1], label=label)


def _submit(context: Context, state: State, named: str = "", place: Place | None = None) -> Reply:
    """File the ticket; its photos are fetched from the platform afterwards."""
    where = [say("complain.at", label=named)] if named else []
    ticket = tickets.complain(
        context.db,
        resident=context.resident.id,
        text="\n".join([*state.told["words"], *where]),
        place=place,
        key=state.key,
        channel="chat",
    )
    kind, photos = context.account.kind, state.told["photos"]
    fetch = (
        promise("photo.fetch", ticket=ticket.number, kind=kind, media_id=each) for each in photos
    )
    return Text(words=filed("complain.done", context, ticket), after=tuple(fetch))


TOPICS: Topics = MappingProxyType(
    {"complain": {"words": _words, "photos": _photos, "place": _place}}
)
