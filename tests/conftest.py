"""The store, the queue and the keys that every test may ask for."""

import base64
import importlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis as redis_client
from pymongo import monitoring

from base import clock, privacy, store
from catalogue import load, shelf
from script import servers

from . import browsing, shapes

STORES = (
    "base.alarms",
    "base.audit",
    "base.files",
    "base.once",
    "people.store",
    "catalogue.store",
    "tracking.store",
    "payments.store",
    "payments.reconciliation.store",
    "payments.fiscal.store",
    "payments.trust.store",
    "feedback.store",
    "handlers.store",
    "app.wechat.store",
    "app.wechat.valves.store",
    "app.console.store",
)


CONFIG = Path(__file__).parent.parent / "config"
CHROMIUM = shutil.which("chromium")
NODE = shutil.which("node")
NEEDS = {
    "chromium": (CHROMIUM, "apt-get install chromium chromium-l10n fonts-noto-cjk"),
    "node": (NODE, "install Node 20 or later"),
}


# How long an example takes says something of the machine only.
hypothesis.settings.register_profile(
    "patient",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")

SHAPES = shapes.Shapes()
monitoring.register(SHAPES)
monitoring.register(shapes.WRITTEN)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name long values by their argument: they may differ between two processes of one run."""
    return argname if isinstance(val, str | bytes) and len(val) > 40 else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, and say what would make it run; name each test's group."""
    for item in items:
        for name, (found, remedy) in NEEDS.items():
            if found is None and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=f"no {name}: {remedy}"))
        if getattr(config.option, "loadgroup", False):
            _name_group(item)


def _name_group(item: pytest.Item) -> None:
    """Write a test's group into its id; pytest-xdist 3.8 tries in vain on pytest 9.2 (#1386)."""
    mark = item.get_closest_marker("xdist_group")
    if mark and "@" not in item.nodeid:
        item._id = type(item.id).parse(f"{item.nodeid}@{mark.args[0]}")


def pytest_terminal_summary(terminalreporter: object, config: pytest.Config) -> None:
    """End with one line saying what was not run and why."""
    if hasattr(config, "workerinput"):
        return
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted({str(each.longrepr[2]) for each in skipped})
    line = f"not run: {len(skipped)} ({'; '.join(reasons)})" if skipped else "not run: nothing"
    terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under REQUIRE_ALL a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REQUIRE_ALL") == "1" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def keys() -> str:
    """The keys of this test run, as PRIVACY_KEYS has them."""
    setting = "test:" + base64.b64encode(os.urandom(32)).decode()
    privacy.load(setting)
    return setting


@pytest.fixture(scope="session", autouse=True)
def _every_query_has_an_index() -> Iterator[None]:
    """Fail the run's last test when any test sent a query that no declared index serves."""
    yield
    faults = SHAPES.faults(indexes())
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="module")
def chromium() -> Iterator[browsing.Browser]:
    """A browser of the module's own."""
    assert CHROMIUM
    with browsing.opened(CHROMIUM) as found:
        yield found


@pytest.fixture(scope="session")
def store_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """The session's store: call it for the address, with the name of a database for that one's."""
    port, folder = servers.free_port(), tmp_path_factory.mktemp("store")
    with Running(servers.store(port, folder, synced=False), folder):
        servers.wait(servers.store_answers, "store", servers.store_uri(port))
        yield partial(servers.store_uri, port, synced=False)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, folder = servers.free_port(), tmp_path_factory.mktemp("queue")
    url = f"redis://127.0.0.1:{port}/0"
    with Running(servers.queue(port, folder), folder):
        servers.wait(servers.queue_answers, "queue", url)
        yield url


@dataclass
class Shelves:
    """A database with every declared index, and which collections still hold the sample county."""

    db: store.Database
    county: set[str] = field(default_factory=set)

    def clear(self, *, wanted: bool) -> None:
        """Empty the database; a county that is wanted and that nobody has written to stays."""
        if not wanted or shapes.WRITTEN.full(self.db) & self.county:
            for name in self.county:
                self.db[name].delete_many({})
            self.county = set()
        shelf.changed(self.db)
        shapes.WRITTEN.empty(self.db)

    def stock(self, rows: dict[str, list[Any]]) -> None:
        """Put the county in, unless it is there; what says that it has changed, always."""
        for name in rows.keys() - self.county:
            self.db[name].insert_many(rows[name])
        self.county = rows.keys() - {"catalogue"}
        shapes.WRITTEN.overlook(self.db, self.county)


@pytest.fixture(scope="session")
def _shelves(store_uri: Callable[..., str]) -> Iterator[Shelves]:
    """One for all: building indexes takes long."""
    fresh = store.connect(store_uri(f"t{secrets.token_hex(6)}"))
    store.ensure(fresh, indexes())
    yield Shelves(fresh)
    fresh.client.close()


@pytest.fixture
def db(request: pytest.FixtureRequest, _shelves: Shelves) -> Iterator[store.Database]:
    """An empty database with every declared index; the clock follows it."""
    _shelves.clear(wanted="county" in request.fixturenames)
    clock.follow(_shelves.db)
    yield _shelves.db
    clock.stand_alone()


@pytest.fixture(scope="session")
def _catalogue(store_uri: Callable[..., str]) -> dict[str, list[Any]]:
    """The sample county as documents, by collection; reading its files takes a second."""
    fresh = store.connect(store_uri(f"t{secrets.token_hex(6)}"))
    load.everything(fresh, CONFIG)
    found = {name: list(fresh[name].find()) for name in fresh.list_collection_names()}
    fresh.client.close()
    return found


@pytest.fixture
def county(
    db: store.Database, _shelves: Shelves, _catalogue: dict[str, list[Any]]
) -> store.Database:
    """An empty database but for the catalogue of the sample county."""
    _shelves.stock(_catalogue)
    return db


@pytest.fixture
def redis(redis_url: str) -> Iterator["redis_client.Redis"]:
    client = redis_client.Redis.from_url(redis_url.replace("/0", "/1"))
    client.flushdb()
    yield client
    client.close()


@pytest.fixture(scope="session")
def built(
    store_uri: Callable[..., str],
    redis_url: str,
    keys: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    town = importlib.import_module("tests.town")
    folder = tmp_path_factory.mktemp("town")
    found = town.build(store_uri, redis_url, keys, folder)
    yield found
    for stop in reversed(found.stops):
        stop()


@pytest.fixture
def town(built: Any) -> Iterator[Any]:
    """The whole town; its clock is the one that counts while a test uses it."""
    clock.follow(built.db)
    yield built
    clock.stand_alone()


@pytest.fixture(scope="session")
def alone(
    store_uri: Callable[..., str],
    redis_url: str,
    keys: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """Our application without partners or workers, see tests/alone.py."""
    found = importlib.import_module("tests.alone").build(
        store_uri, redis_url, keys, tmp_path_factory.mktemp("alone")
    )
    yield found
    found.db.client.close()


def indexes() -> list[store.Index]:
    found: list[store.Index] = []
    for name in STORES:
        if importlib.util.find_spec(name.split(".")[0]) and _exists(name):
            found += importlib.import_module(name).INDEXES
    return found


def _exists(name: str) -> bool:
    path = Path(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


class Running:
    def __init__(self, command: list[str], folder: Path) -> None:
        self.command, self.log = command, folder / "log.txt"

    def __enter__(self) -> None:
        with self.log.open("wb") as log:
            plain = {"PATH": os.environ["PATH"]}  # the store's own code is not measured
            self.process = subprocess.Popen(self.command, env=plain, stdout=log, stderr=log)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)
