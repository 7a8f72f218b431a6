"""A served world, and a stand-in for the service that records pushes and answers as told."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import requests
from flask import Flask, request

from simulator.app import application
from simulator.wechat import crypto, envelope
from simulator.world import World
from tests.simulator.phone.standin import config, served

AES_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
KEYWORDS = [{"key": "thing1", "label": "事项名称"}, {"key": "time2", "label": "办结时间"}]
TEMPLATES = [
    {"account": "oa", "id": "T_OA", "title": "办件进度通知", "keywords": KEYWORDS},
    {"account": "oa", "id": "T_NEWS", "title": "服务提醒", "keywords": KEYWORDS, "notice": True},
    {"account": "mp", "id": "T_MP", "title": "办理结果", "keywords": KEYWORDS},
    {"account": "mp", "id": "T_LONG", "title": "受理通知", "keywords": KEYWORDS, "long_term": True},
]
DATA = {"thing1": {"value": "就业创业证办理"}, "time2": {"value": "2026年11月21日 09:30"}}


class Town:
    """One world over HTTP; `pushes` are (path, query, body), answered by `reply(path, body)`."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.url = world, url
        self.pushes: list[tuple[str, dict, bytes]] = []
        self.reply: Callable[[str, bytes], object] = lambda path, body: "success"
        self.files: dict[str, bytes | None] = {}

    def get(self, path: str, **query: object) -> dict:
        return requests.get(self.url + path, params=query, timeout=60).json()

    def post(self, path: str, told: object = None, **query: object) -> dict:
        body = told if isinstance(told, bytes) else json.dumps(told or {}, ensure_ascii=False)
        body = body if isinstance(body, bytes) else body.encode()
        return requests.post(self.url + path, params=query, data=body, timeout=60).json()

    def control(self, path: str, **told: object) -> dict:
        return self.post("/control/v1" + path, told)

    def ask(self, path: str, **query: object) -> requests.Response:
        return requests.get(self.url + path, params=query, timeout=60)

    def patch(self, path: str, **told: object) -> dict:
        return requests.patch(f"{self.url}/control/v1{path}", json=told, timeout=60).json()

    def turn(self, **switches: object) -> dict:
        """Turn switches of WeChat's."""
        return self.patch("/wechat/switches", **switches)

    def spent(self) -> None:
        """Wait until every fault that was ordered has happened."""
        patience = time.monotonic() + 60
        while self.world.faults.waiting():
            assert time.monotonic() < patience
            time.sleep(0.02)

    def at(self, moment: str) -> None:
        """Put the clock at a moment."""
        ahead = datetime.fromisoformat(moment).timestamp() - time.time()
        self.control("/clock", offset_seconds=ahead)

    def person(self, **told: object) -> dict:
        return self.control("/people", **told)

    def act(self, person: dict, act: str, **told: object) -> dict:
        return self.control(f"/people/{person['id']}/{act}", **told)

    def chat(self, person: dict) -> list[dict]:
        return self.get(f"/control/v1/people/{person['id']}/chat")["lines"]

    def token(self, kind: str) -> str:
        account = self.world.account(kind)
        told = {"grant_type": "client_credential", "appid": account.appid}
        return self.post("/cgi-bin/stable_token", told | {"secret": account.secret})["access_token"]

    def call(self, kind: str, path: str, told: object = None, **query: object) -> dict:
        return self.post(path, told, access_token=self.token(kind), **query)

    def pushed(self, count: int) -> list[dict]:
        """Wait for so many pushes and return them all, decrypted."""
        patience = time.monotonic() + 60
        while len(self.pushes) < count and time.monotonic() < patience:
            time.sleep(0.02)
        assert len(self.pushes) == count
        return [self.opened(*push) for push in self.pushes]

    def opened(self, path: str, query: dict, body: bytes) -> dict:
        account = self.world.account(path.removeprefix("/wechat/"))
        sealed = envelope.read(body, account.format)["Encrypt"]
        message, appid = crypto.unseal(sealed, account.aes_key)
        assert appid == account.appid
        return envelope.read(message, account.format)

    def sealed_reply(self, person: dict, nonce: str = "", **fields: object) -> bytes:
        """Write an encrypted passive reply to the last push."""
        account, query = self.world.account("oa"), self.pushes[-1][1]
        common = {"ToUserName": person["oa_openid"], "FromUserName": account.original_id}
        common |= {"CreateTime": 1795000000, "MsgType": "text"}
        sealed = crypto.seal(envelope.write(common | fields, "xml"), account.appid, AES_KEY)
        parts = (account.token, "1795000000", nonce or query["nonce"], sealed)
        told = {"Encrypt": sealed, "MsgSignature": crypto.signature(*parts)}
        return envelope.write(told | {"TimeStamp": 1795000000, "Nonce": parts[2]}, "xml")


def service(town: Town) -> Flask:
    app = Flask("service")

    @app.route("/wechat/<kind>", methods=["GET", "POST"])
    def take(kind: str):
        if request.method == "GET":
            return request.args["echostr"] if kind == "oa" else ""
        town.pushes.append((request.path, request.args.to_dict(), request.get_data()))
        return town.reply(request.path, request.get_data())

    @app.route("/file")
    def file():
        content = town.files.get(request.path)
        return content if content is not None else ("", 404)

    return app


@contextmanager
def opened(**told: object) -> Iterator[Town]:
    """Serve a fresh world and its stand-in service."""
    base = config(templates=TEMPLATES)
    oa = base["oa"] | {"aes_key": AES_KEY, "token": "tok-oa", "secret": "secret-oa"}
    mp = base["mp"] | {"aes_key": AES_KEY, "token": "tok-mp", "format": "json"}
    world = World(base | {"oa": oa | told.pop("oa", {}), "mp": mp | told.pop("mp", {})} | told)
    try:
        with served(application(world)) as url:
            town = Town(world, url)
            world.config["simulator_url"] = url
            with served(service(town)) as public_url:
                world.config["public_url"] = public_url
                yield town
    finally:
        world.close()
