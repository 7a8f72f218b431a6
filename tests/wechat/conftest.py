"""A scripted platform, and a gateway on its line."""

from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis

from app import errors, wechat
from app.runtime import Runtime
from app.wechat.gateway import Gateway
from app.wechat.line import Line
from app.wechat.valves import Valves
from base import clock
from base.store import Database
from config.settings import Settings

from .platform import Platform, running

KEYS = {"token": "gov-test-token-01", "aes_key": "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"}


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running() as found:
        yield found


@pytest.fixture
def line(platform: Platform, redis: Redis, db: Database) -> Iterator[Line]:
    """A line whose valves are kept in the store."""
    yield Line("wxoa", "secret", platform.url, redis, Valves(redis, db))
    clock.move(db, 0)


@pytest.fixture
def gateway(platform: Platform, redis: Redis) -> Gateway:
    oa = Line("wxoa", "oa-secret", platform.url, redis)
    mp = Line("wxmp", "mp-secret", platform.url, redis)
    return Gateway(oa, mp, "https://open.weixin.qq.com", "https://mp.weixin.qq.com")


@pytest.fixture
def settings() -> Settings:
    given: dict[str, object] = {
        name: field.metadata["default"] or ""
        for name, field in Settings.__dataclass_fields__.items()
    }
    keys = {f"wechat_{kind}_{name}": value for kind in ("oa", "mp") for name, value in KEYS.items()}
    appids = {"wechat_oa_appid": "wxoa", "wechat_mp_appid": "wxmp", "quiet_hours": "off"}
    return Settings(**given | keys | appids | {"public_url": "http://127.0.0.1:1"})


@pytest.fixture
def runtime(settings: Settings, db: Database, redis: Redis, gateway: Gateway) -> Runtime:
    return Runtime(settings, db, redis, gateway, wallets=None, identity=None)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    app = Flask(__name__)
    app.extensions["runtime"] = runtime
    errors.register(app)
    wechat.register(app)
    return app
