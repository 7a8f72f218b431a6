"""A dead token, an outage of an hour: nobody storms the platform, and nothing is lost by it."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from app.wechat import breaker
from base import clock
from script.chaoses import outage, token


@dataclass
class Here:
    """The tests' town, as rows of chaos know one."""

    town: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.town, name)

    def control(self, path, told=None, method=""):
        return self.town.control(method or ("GET" if told is None else "POST"), path, told)

    def advance(self, seconds):
        self.move(self.control("/clock")["offset_seconds"] + seconds)

    def move(self, offset):
        self.control("/clock", {"offset_seconds": offset})
        clock.move(self.town.db, offset)
        time.sleep(0.1)


@pytest.fixture
def here(town):
    found = Here(town)
    yield found
    found.control("/faults", method="DELETE")
    found.control("/wechat/switches", {"template_busy_per_second": 0}, "PATCH")
    found.runtime.redis.delete(breaker.KEY)
    found.move(0)


def test_two_processes_of_many_threads_pass_every_bar(here):
    """Also after a test that left the token of a later virtual day behind."""
    here.advance(9000)
    here.control("/tokens/revoke", method="POST")
    here.runtime.wechat.put_menu([{"type": "view", "name": "说明", "url": "https://x.cn/"}])
    here.move(0)
    here.runtime.wechat.put_menu([{"type": "view", "name": "办事", "url": "https://x.cn/"}])
    for verdict in token.bars(here, 2, 12):
        assert verdict.passed, verdict


def test_after_an_outage_everything_goes_out_in_order_and_in_pace(here):
    for verdict in outage.bars(here, 6, jump=80, rest=0.2):
        assert verdict.passed, verdict
