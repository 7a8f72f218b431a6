"""A county with its services, and residents who write to it."""

import itertools
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from base import clock
from base.store import Database
from handlers import table
from handlers.exchange import Context, Links, Message, Reply
from people.residents import Account

_COUNT = itertools.count(1)

Write = Callable[..., Reply]


@pytest.fixture
def alone(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """This thread reaches the store and nobody else."""
    whole, me, store = socket.socket.connect, threading.get_ident(), db.client.address

    def connect(self: socket.socket, address: Any) -> None:
        assert threading.get_ident() != me or address == store, f"calls {address}"
        whole(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def write(db: Database, alone: None) -> Write:
    """Write to the official account as `alice`; keywords are the message's fields."""

    def send(
        words: str = "", *, openid: str = "alice", identity: str = "", **fields: object
    ) -> Reply:
        store: Any = fields.pop("store", db)
        message = told(words, openid, identity, fields)
        return table.find(message).answer(context(store, message))

    return send


def told(words: str, openid: str, identity: str, fields: dict[str, object]) -> Message:
    kind = str(fields.pop("MsgType", "text"))
    return Message(
        identity=identity or f"message-{next(_COUNT):08}",
        account="oa",
        sender=openid,
        recipient="gh_county",
        kind=kind,
        event=str(fields.get("Event", "")).lower(),
        created=1767225600,
        fields={"Content": words} | fields,
    )


def context(db: Database, message: Message) -> Context:
    account = Account("oa", "wxoa", message.sender)
    return Context(
        db=db,
        account=account,
        message=message,
        links=Links("https://county.example"),
        now=clock.now(),
    )
