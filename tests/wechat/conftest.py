"""A scripted platform, and a gateway on its line."""

from collections.abc import Iterator

import pytest
from redis import Redis

from app.wechat.gateway import Gateway
from app.wechat.line import Line

from .platform import Platform, running


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running() as found:
        yield found


@pytest.fixture
def gateway(platform: Platform, redis: Redis) -> Gateway:
    oa = Line("wxoa", "oa-secret", platform.url, redis)
    mp = Line("wxmp", "mp-secret", platform.url, redis)
    return Gateway(oa, mp, "https://open.weixin.qq.com", "https://mp.weixin.qq.com")
