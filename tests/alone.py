"""Our application by itself, on a database of its own: no worker, no clock, no partner answers."""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app import create_app, indexes, runtime
from base import clock, store
from catalogue import load
from config.settings import Settings
from people import residents, tokens
from people.residents import Account
from script import demo


@dataclass
class Alone:
    """The application with a test client; `token()` is a resident's who has just arrived."""

    runtime: runtime.Runtime
    app: Any
    environment: dict[str, str]

    @property
    def db(self):
        return self.runtime.db

    def client(self):
        return self.app.test_client()

    def token(self, name="somebody"):
        account = Account("mp", self.runtime.settings.wechat_mp_appid, name, None)
        resident = residents.arrive(self.db, account)
        secret = self.runtime.settings.secret_key
        return tokens.issue(secret, resident.id, account, timedelta(days=1))

    def bearer(self, name="somebody"):
        return {"Authorization": f"Bearer {self.token(name)}"}

    def rows(self):
        """How many documents each collection holds."""
        names = self.db.list_collection_names()
        return {name: self.db[name].count_documents({}) for name in sorted(names)}


def settings(folder, **other):
    """The demonstration's settings on ports where nobody listens, some of them replaced."""
    return demo.environment(demo.secrets_of(folder), demo.Ports(9, 9, 9, 9, 9)) | other


def build(store_uri, redis_url, keys, folder):
    environment = settings(
        folder,
        MONGODB_URI=store_uri(f"alone{os.getpid()}"),
        REDIS_URL=redis_url.replace("/0", "/2"),
        PRIVACY_KEYS=keys,
    )
    here = runtime.build(Settings.from_env(environment))
    clock.stand_alone()
    store.ensure(here.db, indexes.ALL)
    load.everything(here.db, demo.ROOT / "config")
    return Alone(here, create_app(here), environment)
