"""Our door for notices, served on the port where the simulator believes us to be."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask import Flask

from app import errors, logs, notices
from app.runtime import Runtime
from base.store import Database
from payments.wallets import Wallets
from simulator.__main__ import serve


@contextmanager
def open_on(port: int) -> Iterator[Flask]:
    """The door on a port of loopback; `serve_from` says whose it is."""
    app = flask()
    server = serve(app, port)
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()


def flask() -> Flask:
    """An application that has our door for notices and nothing else."""
    app = Flask(__name__)
    logs.register(app)
    errors.register(app)
    notices.register(app)
    return app


def serve_from(app: Flask, db: Database, wallets: Wallets) -> None:
    """Answer from this store from now on; a notice needs nothing else of the runtime."""
    other = dict.fromkeys(("settings", "redis", "wechat", "identity"), cast(Any, None))
    app.extensions["runtime"] = Runtime(db=db, wallets=wallets, **other)
