"""How much may be given back, how often and how long: config/refunds.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent.parent / "config" / "refunds.toml"


@dataclass(frozen=True)
class Rules:
    """What a wallet allows for the refunds of one order."""

    per_order: int
    apart: timedelta
    ask_after: timedelta
    window: timedelta


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


def automatic() -> int:
    """Up to how many fen a rule may give back without an officer."""
    return int(_table()["limits"]["automatic_fen"])


def single() -> int:
    """The most fen that one refund may ask for."""
    return int(_table()["limits"]["single_fen"])


@lru_cache(maxsize=1)
def wallets() -> Mapping[str, Rules]:
    """The rules of every wallet by its name."""
    return {name: _rules(row) for name, row in _table()["wallets"].items()}


def _rules(row: Mapping[str, int]) -> Rules:
    return Rules(
        per_order=row["per_order"],
        apart=timedelta(seconds=row["apart_seconds"]),
        ask_after=timedelta(seconds=row["ask_after_seconds"]),
        window=timedelta(days=row["window_days"]),
    )
