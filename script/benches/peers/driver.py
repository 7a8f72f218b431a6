"""The store's driver by itself: a request issues one recorded command of an answer, or none."""

import itertools
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import bson

from base import clock, store
from script.benches import driver

_db = store.connect(os.environ["MONGODB_URI"])
clock.stand_alone()
_commands = bson.decode(Path(os.environ["COMMANDS"]).read_bytes())["commands"]
_run, _count = secrets.token_hex(4), itertools.count()


def app(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
    """`/0` does nothing, `/n` issues the n-th command."""
    number = int(environ["PATH_INFO"][1:] or 0)
    if number:
        driver.issue(_db, _commands[number - 1], f"alone-{_run}-{next(_count)}")
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
