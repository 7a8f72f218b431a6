"""What IT staff type: python -m app prepare | operators | menu | scenes | clock, also in a row."""

import os
import signal
import sys
import threading
import tomllib
from pathlib import Path

import click

from base import store
from catalogue import load
from catalogue.faults import BrokenFiles
from config.settings import BadSettings, Settings
from people import operators
from people import scenes as people_scenes

from . import clockwork, indexes, runtime, scenes
from .wechat import menu as menus

DATA = Path(__file__).parent.parent / "config"


@click.group(chain=True)
def main() -> None:
    """Commands of the platform; each reads the same settings as the servers."""


def _runtime() -> runtime.Runtime:
    """What the commands work with, let go of after the last; the process ends on bad settings."""
    whole = click.get_current_context().find_root()
    if whole.obj is None:
        try:
            whole.obj = runtime.build(Settings.from_env(os.environ))
        except BadSettings as bad:
            click.echo("The settings are not complete:\n" + "\n".join(bad.faults), err=True)
            sys.exit(1)
        whole.call_on_close(whole.obj.close)
    found: runtime.Runtime = whole.obj
    return found


@main.command()
@click.option("--data", default=str(DATA), help="folder with services/, forms/ and county/")
def prepare(data: str) -> None:
    """Build the indexes, then load the county and its services; run it after every update."""
    here = _runtime()
    store.ensure(here.db, indexes.ALL)
    try:
        done = load.everything(here.db, Path(data))
    except BrokenFiles as broken:
        click.echo(str(broken), err=True)
        sys.exit(1)
    around = f"{done.regions} regions, {done.agencies} agencies, {done.places} places"
    click.echo(f"{len(done.published)} services published, {done.unchanged} unchanged, {around}")


@main.command()
def clock() -> None:
    """Ring the bells of the schedule until told to stop; any number may run, one acts."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    clockwork.run(_runtime(), stop)


@main.command("operators")
@click.option("--file", "path", required=True, help="TOML with [[operators]]: see script/demo.toml")
@click.option("--password-env", required=True, help="the variable that holds their first password")
def create_operators(path: str, password_env: str) -> None:
    """Create the operators of a file; those that exist stay as they are."""
    here = _runtime()
    known = {each.username for each in operators.everyone(here.db)}
    for each in tomllib.loads(Path(path).read_text("utf-8"))["operators"]:
        if each["username"] in known:
            continue
        made = operators.Operator(
            username=each["username"],
            name=each["name"],
            roles=tuple(each["roles"]),
            agency=each.get("agency"),
        )
        operators.create(here.db, made, os.environ[password_env])
        click.echo(f"operator {made.username} created")


@main.command()
@click.option("--dry-run", is_flag=True, help="show what would change, change nothing")
def menu(dry_run: bool) -> None:
    """Publish the official account's menu, config/menu.toml, and show the difference."""
    here = _runtime()
    click.echo(menus.publish(here.wechat, here.settings, dry_run=dry_run))


@main.command("scenes")
@click.option("--kind", type=click.Choice(people_scenes.KINDS), help="only codes of this kind")
@click.option("--folder", help="where to write the pictures; without it none are written")
def print_codes(kind: str | None, folder: str | None) -> None:
    """Make a permanent QR code for every counter, village and agency, once each."""
    here = _runtime()
    count = scenes.enter(here.db)
    kinds = (kind,) if kind else people_scenes.KINDS
    for scene in scenes.every(here.db, kinds):
        scenes.make(here, scene.key)
    found = scenes.every(here.db, kinds)
    click.echo(f"{count} points and agencies, {len(found)} codes")
    if folder:
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for scene in found:
            if scene.url is not None:
                scenes.save(scene, scene.url, place)
        click.echo(f"written to {place}")
