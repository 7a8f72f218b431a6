"""Runs rows of chaos one after the other; a line of JSON per bar, and whether all of them held."""

import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict

import click

from .harness import SIZES, Verdict

GROUPS = {
    "chat": ("inbox", "token", "ledger", "outage"),
    "money": ("sequences", "threefold", "killing", "silence", "reconcile"),
}
ROWS = tuple(row for rows in GROUPS.values() for row in rows)


@click.command()
@click.argument("rows", nargs=-1, required=True, type=click.Choice((*GROUPS, *ROWS)))
@click.option("--size", default="full", type=click.Choice(SIZES), help="small takes seconds")
def main(rows: tuple[str, ...], size: str) -> None:
    """Break the platform on purpose and print what became of it."""
    verdicts: list[Verdict] = []
    for name in dict.fromkeys(each for row in rows for each in GROUPS.get(row, (row,))):
        run: Callable[[str], list[Verdict]] = importlib.import_module(f"{__package__}.{name}").run
        for verdict in run(size):
            verdicts.append(verdict)
            click.echo(json.dumps(asdict(verdict), ensure_ascii=False))
    held = sum(verdict.passed for verdict in verdicts)
    click.echo(json.dumps({"bars": len(verdicts), "held": held, "size": size}))
    sys.exit(held < len(verdicts))


if __name__ == "__main__":
    main()
