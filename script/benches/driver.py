"""What the store's driver costs by itself: commands as they went out, to be issued alone."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import bson
import pymongo
from pymongo import monitoring

from app import create_app, runtime
from app.runtime import Runtime
from base import bare, clock, store
from config.settings import Settings
from script.pushes import Account, text

_REQUESTS = 3
_TIMES = 300

Command = dict[str, Any]


class Recorder(monitoring.CommandListener):
    """Notes the commands of a request as they go out."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Keep what is asked."""
        if event.command_name in ("insert", "find", "update", "delete"):
            self.commands.append({"name": event.command_name, **event.command})

    def succeeded(self, event: object) -> None:
        """Nothing to note."""

    def failed(self, event: object) -> None:
        """Nothing to note."""


def record(environment: Mapping[str, str], account: Account, file: Path) -> list[str]:
    """Write the commands of one text answer to a file; a word on each."""
    here = runtime.build(Settings.from_env(environment))
    clock.stand_alone()
    commands = _recorded(here, environment["MONGODB_URI"], account)
    here.close()
    kept = [{key: each[key] for key in _KEPT if key in each} for each in commands]
    file.write_bytes(bson.encode({"commands": kept}))
    return [spoken(each) for each in kept]


def spoken(command: Command) -> str:
    """A command in two words: what it does, and where."""
    return f"{command['name']} {command[command['name']]}"


_KEPT = ("name", "insert", "find", "update", "delete", "documents", "filter", "updates")


def _recorded(here: runtime.Runtime, uri: str, account: Account) -> list[Command]:
    """The commands of one text answer, once everything is warm."""
    with watched(here, uri) as (seen, commands):
        app = create_app(seen).test_client()
        for number in range(_REQUESTS):
            commands.clear()
            push = account.push(text("driver", "passport", f"driver{number}{time.time_ns()}"))
            head, _, body = push.partition(b"\r\n\r\n")
            answer = app.post(head.split(b" ")[1].decode(), data=body)
            assert answer.status_code == 200, answer.text
        return commands


@contextmanager
def watched(here: Runtime, uri: str) -> Iterator[tuple[Runtime, list[Command]]]:
    """The runtime with a store of its own, and the commands that go there, as they go."""
    recorder = Recorder()
    client: pymongo.MongoClient[store.Document] = pymongo.MongoClient(
        uri, tz_aware=True, event_listeners=[recorder]
    )
    with client:
        db = client.get_default_database(store.DEFAULT_NAME, write_concern=here.db.write_concern)
        yield replace(here, db=db), recorder.commands


def cost(db: store.Database, command: Command) -> float:
    """µs of CPU of a find or update issued alone in this thread, again and again."""
    rows, began = db[command[command["name"]]], time.thread_time()
    for _ in range(_TIMES):
        if command["name"] == "find":
            order = list(command.get("sort", {}).items()) or None
            limit = command.get("limit", 0)
            list(rows.find(command["filter"], command.get("projection"), sort=order, limit=limit))
        else:
            asked = command["updates"][0]
            rows.update_one(asked["q"], asked["u"])
    return (time.thread_time() - began) / _TIMES * 1e6


def issue(db: store.Database, command: Command, id: str) -> None:
    """The command once more, as a push speaks it, about a document of its own."""
    name: str = command["name"]
    rows = db[command[name]]
    if name == "insert":
        bare.add(rows, {**command["documents"][0], "_id": id})
    elif name == "find":
        bare.find(rows, command["filter"]["_id"])
    else:
        asked = command["updates"][0]
        bare.put(rows, asked["q"] | {"_id": id}, asked["u"])
