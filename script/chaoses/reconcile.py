"""A long statement with faults: every one found and rightly named, in little time and memory."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from base import alarms, clock, privacy, store
from base.errors import Unreachable
from base.store import Database
from payments.reconciliation import daily
from payments.reconciliation import store as reconciliation
from script import demo, servers
from tracking.store import OWING

from . import daybook, reconciling
from .harness import Verdict
from .money.stage import stage
from .money.town import Town

SIZES: Final = {"small": (2_000, 40), "full": (200_000, 500)}
SECONDS: Final = 60
MEGABYTES: Final = 512


def run(size: str) -> list[Verdict]:
    """The bar of the reconciliation: see docs/money.md."""
    lines, faults = SIZES[size]
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (uri, environment):
        privacy.load(environment["PRIVACY_KEYS"])
        db = store.connect(uri)
        store.ensure(db, (*reconciliation.INDEXES, OWING))
        made = daybook.made_up(lines, faults)
        daybook.keep(db, made)
        verdicts = [_refused(Path(folder), made, uri, environment)]
        verdicts.append(_found(Path(folder), made, uri, environment, db))
        db.client.close()
    with stage() as here:
        store.ensure(here.db, reconciliation.INDEXES)
        return [*verdicts, _tampered(here.town())]


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A store of its own, and what a process needs to use it."""
    port = servers.free_port()
    key = "chaos:" + base64.b64encode(os.urandom(32)).decode()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(demo.ROOT), "PRIVACY_KEYS": key}
    with (folder / "store.log").open("wb") as log:
        command = servers.store(port, folder / "store")
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        uri = servers.store_uri(port)
        servers.wait(servers.store_answers, "store", uri)
        yield uri, environment
    finally:
        process.terminate()
        process.wait()


def _reconciled(path: Path, uri: str, environment: dict[str, str]) -> dict[str, Any]:
    """What a process of its own says about a file."""
    passed = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    command = [sys.executable, "-m", reconciling.__name__, uri, str(path)]
    done = subprocess.run(
        command, cwd=demo.ROOT, env=environment | passed, stdout=subprocess.PIPE, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _refused(folder: Path, made: daybook.Day, uri: str, environment: dict[str, str]) -> Verdict:
    """A file whose count is not its own rows' changes nothing but its own state."""
    path = folder / "wrong.csv"
    path.write_bytes(daybook.statement(made.lines, wrong=1))
    path.with_suffix(".funds").write_bytes(daybook.account(made.lines))
    figures = _reconciled(path, uri, environment)
    passed = (figures["state"], figures["trouble"]) == ("rejected", "count")
    return Verdict("reconcile: a statement that contradicts itself is refused", passed, figures)


def _tampered(town: Town) -> Verdict:
    """A file that is not what its wallet announced is not kept, and somebody is told."""
    day = clock.today()
    town.pay(town.open("wechat"))
    town.advance(days=2)
    town.control("wallets/wechat/statement-faults", day=day.isoformat(), kind="hash")
    daily.expect(town.db, town.wallets)
    id = reconciliation.name("wechat", day)
    with suppress(Unreachable):
        daily.fetch(town.db, town.wallets, id)
    found = reconciliation.statement(town.db, id)
    kept = town.db["statements.files"].find_one({"_id": {"$gt": ""}}) is not None
    told = {each["kind"] for each in alarms.standing(town.db)}
    figures = {"state": found.state, "trouble": found.trouble, "kept": kept, "alarms": sorted(told)}
    right = (found.state, found.trouble, kept) == ("awaited", "hash", False)
    passed = right and daily.REFUSED in told
    return Verdict("reconcile: a file with a wrong hash is refused", passed, figures)


def _found(
    folder: Path, made: daybook.Day, uri: str, environment: dict[str, str], db: Database
) -> Verdict:
    """Every seeded fault under its name and nothing else; the second run changes nothing."""
    path = folder / "statement.csv"
    path.write_bytes(daybook.statement(made.lines))
    path.with_suffix(".funds").write_bytes(daybook.account(made.lines))
    figures = _reconciled(path, uri, environment)
    found = {(row["cause"], row["number"]) for row in db["differences"].find({})}
    figures |= {
        "seeded": dict(sorted(Counter(cause for cause, _ in made.faults).items())),
        "found": len(found & made.faults),
        "missed": sorted(made.faults - found)[:5],
        "false": sorted(found - made.faults)[:5],
        "file_megabytes": round(path.stat().st_size / 1024 / 1024),
    }
    right = found == made.faults and figures["state"] == "matched"
    swift = figures["seconds"] <= SECONDS and figures["megabytes"] <= MEGABYTES
    passed = right and swift and not figures["changed_by_second_run"]
    return Verdict("reconcile: every fault found and rightly named", passed, figures)
