"""Runs one benchmark and prints its one JSON object."""

import importlib
import json
from collections.abc import Callable
from typing import Any

import click

BENCHES = ("chat", "push", "settle")


@click.command()
@click.argument("name", type=click.Choice(BENCHES))
@click.option("--rounds", default=5, help="how often ours and the peers take turns")
@click.option("--seconds", default=4.0, help="how long each turn lasts")
def main(name: str, rounds: int, seconds: float) -> None:
    """Measure one thing against its peers, in alternating rounds of one run."""
    run: Callable[[int, float], dict[str, Any]]
    run = importlib.import_module(f"{__package__}.{name}").run
    click.echo(json.dumps({"name": name, **run(rounds, seconds)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
