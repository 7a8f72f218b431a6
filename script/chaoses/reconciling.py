"""One process that reconciles one day, and says how long it took and how much memory it had."""

import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, cast

from base import clock, privacy, store
from payments.reconciliation import daily
from payments.wallets import Wallets
from payments.wallets.wallet import Statement
from tracking import fees

from . import daybook


class Till:
    """As much of a wallet as matching asks of one."""

    merchant = daybook.MERCHANT


WALLETS = cast("Wallets", {"wechat": Till()})


def reconcile(db: store.Database, path: Path) -> dict[str, Any]:
    """From a file and its account's to differences, once; then once more: nothing must change."""
    owing = partial(fees.owing, db)
    id = f"wechat:{daybook.DAY}"
    began = time.monotonic()
    content, flow = path.read_bytes(), path.with_suffix(".funds").read_bytes()
    own = Statement(daybook.DAY, content, hash_ok=True, funds=flow)
    daily.receive(db, "wechat", daybook.DAY, content, by="system", own=own)
    found = daily.match(db, WALLETS, id, owing)
    took = time.monotonic() - began
    before = traces(db)
    again = time.monotonic()
    daily.match(db, WALLETS, id, owing)
    return {
        "state": found.state,
        "trouble": found.trouble,
        "lines": sum(count for count, _ in found.figures.get("theirs", {}).values()),
        "seconds": round(took, 1),
        "again_seconds": round(time.monotonic() - again, 1),
        "megabytes": megabytes(),
        "changed_by_second_run": before != traces(db),
    }


def megabytes() -> int:
    """The most memory this process has had; what getrusage says counts its parent's too."""
    status = Path("/proc/self/status").read_text()
    most = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(most.split()[1]) // 1024


def traces(db: store.Database) -> list[Any]:
    """All that a reconciliation writes, as it is."""
    names = ("statements", "differences", "crossings")
    return [
        sorted(db[name].find({"_id": {"$gt": ""}}), key=lambda row: row["_id"]) for name in names
    ]


if __name__ == "__main__":
    privacy.load(os.environ["PRIVACY_KEYS"])
    opened = store.connect(sys.argv[1])
    clock.stand_alone()
    print(json.dumps(reconcile(opened, Path(sys.argv[2]))))
    opened.client.close()
