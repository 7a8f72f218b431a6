"""A town with both wallets, a merchant who signs for himself, and somebody to pay."""

import time
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace

import pytest
import requests

from simulator.app import application
from simulator.wallets import courier
from simulator.world import World
from tests.simulator.phone.standin import config, served

from . import merchant

KEYS = ("merchant_keys", "platform_keys", "app_keys", "alipay_keys")


@cache
def key(name):
    return merchant.Keys()


@contextmanager
def running(state_dir=None):
    town = SimpleNamespace(**{name: key(name) for name in KEYS}, ears=merchant.Ears())
    wechat = {"mchid": merchant.MCHID, "merchant_serial": merchant.SERIAL,
              "merchant_public_key": town.merchant_keys.public, "apiv3_key": merchant.APIV3_KEY,
              "platform_private_key": town.platform_keys.private,
              "public_key_id": merchant.KEY_ID}  # fmt: skip
    alipay = {"app_id": merchant.APP_ID, "seller_id": merchant.SELLER_ID,
              "app_public_key": town.app_keys.public,
              "alipay_private_key": town.alipay_keys.private}  # fmt: skip
    identity = {"secret_id": "AKIDsample", "secret_key": "sample"}
    world = World(config(wechat_pay=wechat, alipay=alipay, identity=identity, state_dir=state_dir))
    with served(application(world)) as url, served(town.ears.app) as ears_url:
        town.world, town.url, town.ears_url = world, url, ears_url
        town.control = Control(world, url)
        town.wechat, town.alipay = merchant.WeChatMerchant(town), merchant.AlipayMerchant(town)
        yield town
    world.close()


class Control:
    """The control API; returns status and answer."""

    def __init__(self, world, url):
        self.world, self.url = world, url + "/control/v1"

    def post(self, path, **told):
        answer = requests.post(self.url + path, json=told, timeout=60)
        return answer.status_code, answer.json()

    def get(self, path):
        return requests.get(self.url + path, timeout=60).json()

    def advance(self, seconds):
        """Put the clock forward, once whatever was due before has been tried."""
        self.settle()
        self.post("/clock", advance_seconds=seconds)

    def settle(self):
        """Wait until every notice that is due has been tried and its next try is planned."""
        patience = time.monotonic() + 60
        while self.due():
            assert time.monotonic() < patience
            time.sleep(0.02)

    def due(self):
        with self.world.lock:
            now, kept = self.world.clock.seconds(), courier.parcels(self.world).values()
            return [each for each in kept if each["state"] == "waiting" and each["due"] <= now]

    def fault(self, endpoint, kind, **told):
        assert self.post("/faults", endpoint=endpoint, kind=kind, **told)[0] == 201

    def person(self, **told):
        return self.post("/people", **told)[1]


@pytest.fixture
def town():
    with running() as town:
        yield town


@pytest.fixture
def wang(town):
    return town.control.person(name="王小红")
