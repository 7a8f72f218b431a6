"""The daily reconciliation as promises and a wake: statements, matching, what mends itself."""

from functools import partial

from payments.reconciliation import daily, healing
from tracking import fees

from .runtime import Runtime


def expect(runtime: Runtime) -> None:
    """Await the statements that are due by now; after ten in the morning those of yesterday."""
    daily.expect(runtime.db, runtime.wallets)


def fetch(runtime: Runtime, id: str) -> None:
    """Get a day's statement from its wallet; put off while there is none."""
    daily.fetch(runtime.db, runtime.wallets, id)


def match(runtime: Runtime, id: str) -> None:
    """Hold a day's statement against bills, facts and cases."""

    daily.match(runtime.db, runtime.wallets, id, partial(fees.owing, runtime.db))


def heal(runtime: Runtime, id: str) -> None:
    """Ask a wallet about a difference, and settle or book what it proves."""
    healing.heal(runtime.db, runtime.wallets, id)
