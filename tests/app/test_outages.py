"""While the queue is away nothing is lost: words are answered, promises wait and are kept."""

import socket
from dataclasses import replace

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app import create_app, jobs
from app.wechat.gateway import Gateway
from app.wechat.line import Line
from feedback import tickets
from people import residents
from tests.wechat.conftest import app
from tests.wechat.test_pushes import event, knock, opened, text
from tracking import messages

from . import scenes

__all__ = ["app"]


@pytest.fixture
def silent():
    """A queue where nobody listens."""
    return redis.Redis(port=9, retry=Retry(NoBackoff(), 0))


@pytest.fixture
def hung():
    """A queue that lets everybody in and answers nobody, and a client that waits for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        with redis.Redis(host, port, retry=Retry(NoBackoff(), 0)) as client:
            yield listener, client


@pytest.fixture
def bereft(town, platform, silent):
    """The town without its queue, and without the token that is kept there."""
    scenes.script(town, platform)
    oa, mp = (Line(f"wx{kind}", "secret", platform.url, silent) for kind in ("oa", "mp"))
    lost = replace(town.runtime, redis=silent, wechat=Gateway(oa, mp, "", ""))
    town.runtime = lost
    return town


def test_a_question_is_heard_answered_and_told_without_a_queue(app, bereft):
    app.extensions["runtime"] = bereft.runtime
    knock(app, event("subscribe"))
    knock(app, text("咨询", "a"))
    assert "收到了" in opened(knock(app, text("几点开门", "b")))["Content"]
    jobs.ring(bereft.runtime.redis)
    alice = residents.by_account(bereft.db, "oa", "alice").id
    bereft.keep()
    assert len(tickets.of(bereft.db, alice)) == 1
    assert [each.state for each in messages.of(bereft.db, alice)] == ["sent"]


def test_a_case_that_was_filed_without_a_queue_is_charged_when_somebody_looks(bereft):
    case = bereft.charged("submit")
    jobs.ring(bereft.runtime.redis)
    bereft.keep()
    assert bereft.bill(case).state == "open"
    assert bereft.told() == ["bill_issued", "case_submitted"]


def test_who_pushes_and_who_asks_are_answered_while_the_bell_hangs(bereft, hung):
    listener, client = hung
    app = create_app(replace(bereft.runtime, redis=client))
    for count in (1, 2):
        assert knock(app, text("咨询", f"a{count}")).status_code == 200
        assert knock(app, text("几点开门", f"b{count}")).status_code == 200
    alice = residents.by_account(bereft.db, "oa", "alice").id
    bell, _ = listener.accept()
    with bell:
        assert bell.recv(1)
        bereft.keep()
    assert len(tickets.of(bereft.db, alice)) == 2
