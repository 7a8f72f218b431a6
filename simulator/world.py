"""The simulated world: people, accounts, and the state each platform keeps, safe over restarts.

For those who build on it:

    world = here()                          # inside a request of the simulator's Flask app
    with world.lock: ...                    # an RLock; never hold it over HTTP or a sleep
    world.config["alipay"]["app_id"]        # world.json as it was read
    world.account("oa").appid; world.by_appid(appid) -> Account | None
    world.person(id) -> Person, raises NoSuchPerson (answered as 404)
    world.by_openid("mp", openid) -> Person | None
    world.say(person, side="account", account="oa", kind="text", text="…")  # one chat line
    world.part("alipay") -> dict            # your own state; JSON values only, str keys
    world.changed("alipay", "trades", number)  # what of a part changed: one to three keys
    world.touched(person)                   # a person changed, other than by say()
    world.save()                            # write these now, for what must outlive a kill
    world.folder                            # Path for files of your own, lasting if the state is
    world.clock.seconds() / .stamp() / .now() ; world.timetable.after(seconds, function, *given)
    world.faults.take(endpoint, "kind") ; world.wire.record(world.clock.seconds(), "out", …)

Chat lines (dicts): always n, at (virtual Unix time), side ("resident", "account", "note"),
account ("oa", "mp"), kind; and by kind: text {text} · image {media_id, url} · voice {media_id,
url, text} · location {latitude, longitude, label} · news {articles: [{title, description,
picture, url}]} · template and subscription {template_id, title, fields: [{key, label, value}],
url, miniprogram: {appid, pagepath} | None, msgid} · menu {head, choices: [{id, content}], tail} ·
miniprogram {title, appid, pagepath} · note {text}.
"""

import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

from .clock import Clock, Timetable
from .faults import Faults
from .keep import Change, Keep
from .people import ChatLine, Person, invent
from .wire import Wire

SAVE_DELAY_SECONDS = 0.1


class NoSuchPerson(Exception):
    """Nobody in this world has this id."""


@dataclass(frozen=True)
class Account:
    """An official account ("oa") or mini-program ("mp") as its owner set it up."""

    kind: str
    appid: str
    secret: str
    token: str
    aes_key: str
    original_id: str
    name: str
    mode: str = "safe"
    format: str = "xml"


class World:
    """Everything the simulator knows, behind one lock."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config: dict[str, Any] = dict(config)
        self.accounts = {kind: account(kind, config[kind]) for kind in ("oa", "mp")}
        self.lock = threading.RLock()
        self.people: dict[str, Person] = {}
        self.clock = Clock()
        self.timetable = Timetable(self.clock)
        self.faults = Faults()
        self.wire = Wire()
        self._scratch = tempfile.TemporaryDirectory(prefix="simulator-")
        self.folder = Path(config.get("state_dir") or self._scratch.name)
        self._keep = Keep(self.folder) if config.get("state_dir") else None
        self._parts: dict[str, dict[str, Any]] = {}
        self._openids: dict[tuple[str, str], Person] = {}
        self._change = Change()
        self._dirty = threading.Event()
        self._closing = threading.Event()
        self._load()
        self._saver = threading.Thread(target=self._keep_saved, daemon=True, name="saver")
        self._saver.start()

    def account(self, kind: str) -> Account:
        """Return the account of this kind, "oa" or "mp"."""
        return self.accounts[kind]

    def by_appid(self, appid: str) -> Account | None:
        """Return the account with this appid, or None."""
        return next((one for one in self.accounts.values() if one.appid == appid), None)

    def invent(self, given: Mapping[str, Any]) -> Person:
        """Add an invented person, with what `given` names taken as told."""
        person = invent(given)
        self._welcome(person)
        self.touched(person)
        return person

    def person(self, id: str) -> Person:
        """Return the person with this id; NoSuchPerson otherwise."""
        with self.lock:
            if id not in self.people:
                raise NoSuchPerson(id)
            return self.people[id]

    def by_openid(self, kind: str, openid: str) -> Person | None:
        """Return whoever has this openid at the account of this kind, or None."""
        with self.lock:
            return self._openids.get((kind, openid))

    def say(self, person: Person, **line: Any) -> ChatLine:
        """Append a line to a person's chat, numbered and dated; a line of an account is unread."""
        with self.lock:
            number = person.chat[-1]["n"] + 1 if person.chat else 1
            entry: ChatLine = {"n": number, "at": self.clock.seconds()} | line
            person.chat.append(entry)
            person.unread += line.get("side") == "account"
            if self._keep is not None:
                self._change.lines.append((person.id, entry))
        self.touched(person)
        return entry

    def part(self, name: str) -> dict[str, Any]:
        """Return the lasting state of this name, empty at first; look it up anew each time."""
        with self.lock:
            return self._parts.setdefault(name, {})

    def reset(self) -> None:
        """Forget everybody and everything, and put the clock right."""
        with self.timetable.still():
            self.timetable.clear()
        with self.lock:
            self.people.clear()
            self._openids.clear()
            self._parts.clear()
            self.faults.clear()
            self.wire.clear()
            self.clock.set(0.0)
            self._change = Change(everything=True)
        self._dirty.set()

    def changed(self, *path: str) -> None:
        """Have what lies at this path written within a tenth of a second; no path: the clock."""
        if path and self._keep is not None:
            with self.lock:
                self._change.paths.add(path)
        self._dirty.set()

    def touched(self, person: Person) -> None:
        """Have a person written within a tenth of a second."""
        if self._keep is not None:
            with self.lock:
                self._change.people[person.id] = person
        self._dirty.set()

    def save(self) -> None:
        """Write what was named as changed, and the clock, to the state directory now."""
        if self._keep is None:
            return
        with self.lock:
            change, self._change = self._change, Change()
            self._keep.write(self.clock.offset, change, self._parts)

    def close(self) -> None:
        """Stop the threads and save."""
        self._closing.set()
        self._dirty.set()
        self._saver.join()
        self.timetable.close()
        self.save()
        if self._keep is not None:
            with self.lock:
                self._keep.close()
                self._keep = None
        self._scratch.cleanup()

    def _welcome(self, person: Person) -> None:
        with self.lock:
            self.people[person.id] = person
            self._openids |= dict.fromkeys(person.openids.items(), person)

    def _load(self) -> None:
        if self._keep is None:
            return
        kept = self._keep.read()
        for person in kept.people:
            self._welcome(person)
        self._parts = kept.parts
        self.clock.set(kept.seconds)

    def _keep_saved(self) -> None:
        while not self._closing.is_set():
            self._dirty.wait()
            self._closing.wait(SAVE_DELAY_SECONDS)
            self._dirty.clear()
            self.save()


def account(kind: str, told: Mapping[str, Any]) -> Account:
    """Read an account of world.json; unknown keys are left alone, "oa" knows XML only."""
    known = {key: told[key] for key in Account.__dataclass_fields__ if key in told}
    fixed = {"kind": kind} | ({"format": "xml"} if kind == "oa" else {})
    return Account(**(known | fixed))


def here() -> World:
    """Return the world of the Flask app that answers the current request."""
    world: World = current_app.extensions["world"]
    return world
