"""Who wants Redis while it hangs: one at a time waits for it, and once; the rest go on."""

import socket
import threading

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app import runtime
from app.wechat import shelf
from app.wechat.shelf import Away, Shelf
from tests.journey.platform import eventually


@pytest.fixture
def listener():
    """A Redis that lets everybody in and answers nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_silence_is_not_waited_for_twice(listener):
    queue = runtime._queue(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
    with pytest.raises(RedisError):
        queue.get("a")
    listener.setblocking(False)
    listener.accept()[0].close()
    with pytest.raises(BlockingIOError):
        listener.accept()
    queue.close()


def test_while_one_tries_again_nobody_waits_with_her(listener, redis, monkeypatch):
    monkeypatch.setattr(shelf, "_PAUSE_SECONDS", 0.0)
    begun, silence = threading.Event(), threading.Event()
    mine = Shelf(redis)

    def try_again(_):
        begun.set()
        silence.wait()
        return "back"

    with pytest.raises(RedisError):
        mine.ask(lambda _: Redis(port=1, retry=Retry(NoBackoff(), 0)).get("a"))
    monkeypatch.setattr(shelf, "_PAUSE_SECONDS", 60.0)
    found = []
    trying = threading.Thread(target=lambda: found.append(mine.ask(try_again)))
    trying.start()
    assert begun.wait(60)
    with pytest.raises(Away):
        mine.ask(lambda redis: redis.get("a"))
    silence.set()
    eventually(lambda: found == ["back"])
    assert mine.ask(lambda redis: redis.get("a")) is None
