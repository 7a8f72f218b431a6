"""A phone page in Chromium over a world with both ports, and a merchant who signs."""

from contextlib import ExitStack

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.app import application
from simulator.phone import browser
from simulator.world import World
from tests import browsing

from .standin import config, street

TEMPLATE = {
    "account": "mp",
    "id": "T1",
    "title": "办件进度提醒",
    "keywords": [{"key": "thing1", "label": "事项名称"}],
    "long_term": False,
}


@pytest.fixture(scope="module")
def merchant():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem(key):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@pytest.fixture
def world(merchant):
    pay = {
        "mchid": "1900000001",
        "merchant_serial": "5157F09EFDC096DE15EBE81A47057A72",
        "merchant_public_key": public_pem(merchant),
        "apiv3_key": "k" * 32,
        "platform_private_key": pem(merchant),
        "public_key_id": "PUB_KEY_ID_0119",
    }
    alipay = {
        "app_id": "2021000000000001",
        "seller_id": "2088000000000001",
        "app_public_key": public_pem(merchant),
        "alipay_private_key": pem(merchant),
    }
    told = config(wechat_pay=pay, alipay=alipay, templates=[TEMPLATE])
    told["oa"]["mode"] = told["mp"]["mode"] = "plain"
    made = World(told)
    yield made
    made.close()


@pytest.fixture
def service(world):
    with street(application(world), browser.application(world), world) as (app, _, _):
        yield app


@pytest.fixture
def page(chromium, world, service):
    """The phone page with a follower's phone; nothing of another host may be asked for."""
    person = world.invent({"name": "王小明", "following": True})
    with ExitStack() as stack:
        page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        page.set_default_timeout(browsing.PATIENCE_MS)
        stack.callback(page.close)
        page.asked, page.person, page.service = [], person, service
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(world.config["simulator_url"] + "/phone/")
        page.wait_for_selector("body[data-ready]")
        yield page
        hosts = ("http://127.0.0.1:", "http://localhost:", "data:")
        assert [url for url in page.asked if not url.startswith(hosts)] == []
