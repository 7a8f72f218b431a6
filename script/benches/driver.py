"""What the store's driver costs by itself: the commands of one request, issued alone."""

import time
from collections.abc import Mapping
from typing import Any

import pymongo
from pymongo import monitoring

from app import create_app, runtime
from base import clock, store
from config.settings import Settings
from script.pushes import Account, text

_TIMES = 400
_REQUESTS = 3
_ALONE = f"alone-{time.time_ns()}-"


class Recorder(monitoring.CommandListener):
    """Notes the commands of a request as they go out."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, dict[str, Any]]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Keep what is asked."""
        if event.command_name in ("insert", "find", "update", "delete"):
            self.commands.append((event.command_name, dict(event.command)))

    def succeeded(self, event: object) -> None:
        """Nothing to note."""

    def failed(self, event: object) -> None:
        """Nothing to note."""


def alone(environment: Mapping[str, str], account: Account) -> dict[str, float]:
    """µs of CPU of each command of a request, by the same driver on a quiet connection."""
    here = runtime.build(Settings.from_env(environment))
    clock.stand_alone()
    commands = _recorded(here, environment["MONGODB_URI"], account)
    found: dict[str, float] = {}
    for number, (name, command) in enumerate(commands, 1):
        found[f"{number} {name} {command[name]}"] = _cost(here.db, name, command)
    here.close()
    return found


def _recorded(
    here: runtime.Runtime, uri: str, account: Account
) -> list[tuple[str, dict[str, Any]]]:
    """The commands of one text answer, once everything is warm."""
    recorder = Recorder()
    client: pymongo.MongoClient[store.Document] = pymongo.MongoClient(
        uri, tz_aware=True, event_listeners=[recorder]
    )
    watched = client.get_default_database(store.DEFAULT_NAME, write_concern=here.db.write_concern)
    told = vars(here) | {"db": watched}
    app = create_app(runtime.Runtime(**told)).test_client()
    for number in range(_REQUESTS):
        recorder.commands.clear()
        push = account.push(text("driver", "passport", f"driver{number}{time.time_ns()}"))
        head, _, body = push.partition(b"\r\n\r\n")
        answer = app.post(head.split(b" ")[1].decode(), data=body)
        assert answer.status_code == 200, answer.text
    client.close()
    return recorder.commands


def _cost(db: store.Database, name: str, command: dict[str, Any]) -> float:
    """µs of this process for one command, over some hundreds of it."""
    rows = db[command[name]]
    copies = [_fresh(name, command, number) for number in range(_TIMES)]
    began = time.process_time()
    for copy in copies:
        if name == "insert":
            rows.insert_one(copy)
        elif name == "find":
            rows.find_one(copy)
        else:
            rows.update_one(copy["q"], copy["u"])
    return (time.process_time() - began) / _TIMES * 1_000_000


def _fresh(name: str, command: dict[str, Any], number: int) -> Any:
    """The command once more, about a document of its own."""
    if name == "insert":
        return {**command["documents"][0], "_id": f"{_ALONE}{number}"}
    if name == "find":
        return command["filter"]
    asked = command["updates"][0]
    return {"q": asked["q"] | {"_id": f"{_ALONE}{number}"}, "u": asked["u"]}
