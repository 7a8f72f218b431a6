"""Write the reference pages that are derived from the code: python -m script.document."""

import base64
import dataclasses
import importlib
import inspect
import pkgutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType

import click
from flask import Flask
from werkzeug.routing import Rule

import app as ours
from app import clockwork, commands, effects, errors, jobs, runtime
from app.api import entry
from base import texts
from config.settings import Settings

from . import demo

ROOT = Path(__file__).parent.parent
LIFELESS = ("app.wsgi", "app.__main__")
SIGNERS = {
    "wechat": "WeChat, by signature",
    "notices": "the wallet, by signature",
    "fiscal": "the finance system, by signature",
}
ASKS_WHO = {"caller", "ready", "owned"}
Row = tuple[object, ...]


def settings_page() -> str:
    """docs/settings.md: every setting, its meaning, its default."""
    lines = [
        "# Settings",
        "",
        "From the environment; each also from a file by `NAME_FILE`. A process with incomplete or",
        "unsound settings does not start and names every fault. Partners' base URLs must be",
        "https to the hosts of `config/partners.toml`, or all of them http to a loopback address.",
        "Settings of one group are given all or none.",
        "",
    ]
    rows = []
    for each in dataclasses.fields(Settings):
        about = each.metadata
        default = "" if about["default"] is None else f"`{about['default']}`"
        secret = "yes" if about["secret"] else ""
        rows.append((f"`{each.name.upper()}`", about["help"], default, secret, about["group"]))
    lines += table(("setting", "meaning", "default", "secret", "group"), rows)
    return "\n".join(lines) + "\n"


def example() -> str:
    """.env.example: every setting, commented out where it has a default."""
    lines = ["# Copy to /etc/banshitong.env, mode 0600. docs/settings.md explains every line."]
    for each in dataclasses.fields(Settings):
        about = each.metadata
        lines.append(f"\n# {about['help']}")
        given = f"{each.name.upper()}={'' if about['default'] is None else about['default']}"
        lines.append(given if about["default"] is None and not about["group"] else f"# {given}")
    return "\n".join(lines) + "\n"


def reference_page(app: Flask) -> str:
    """docs/reference.md: every route, error, effect, wake and command of an application."""
    parts = (
        ("Routes", "Who may: others are refused or sent to sign in.", _routes(app)),
        ("Errors", "`code` in the one error shape, and the sentence people read.", _errors()),
        ("Effects", "What each promise in an outbox means (`app/jobs.py`).", _effects()),
        ("Wakes", "What the clock does (`app/clockwork.py`).", _wakes()),
        ("Commands", "`python -m app …`; each reads the same settings.", _commands()),
    )
    lines = ["# Reference", "", "Written by `python -m script.document`; a test keeps it true."]
    for title, opening, of_part in parts:
        lines += ["", f"## {title}", "", opening, "", *of_part]
    return "\n".join(lines) + "\n"


def table(heads: Iterable[str], rows: Iterable[Row]) -> list[str]:
    """A Markdown table."""
    names = list(heads)
    cells = (" | ".join(str(each).replace("|", "\\|") for each in row) for row in rows)
    return [
        f"| {' | '.join(names)} |",
        "|" + "---|" * len(names),
        *(f"| {row} |" for row in cells),
    ]


def _routes(app: Flask) -> list[str]:
    with app.app_context():
        rows = [
            (method, f"`{rule.rule}`", _who(app, rule), _says(app.view_functions[rule.endpoint]))
            for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            if not rule.endpoint.endswith("static")
        ]
    return table(("method", "path", "who may", "what"), rows)


def _who(app: Flask, rule: Rule) -> str:
    """Who may use a route, by what its view declares or asks for."""
    view = app.view_functions[rule.endpoint]
    right = getattr(view, "needs", None)
    if right is not None:
        return "any operator" if right == "any operator" else f"operator: `{right}`"
    if entry.declared(rule.endpoint).get("auth"):
        return "resident, by token"
    signer = SIGNERS.get(rule.endpoint.split(".")[0])
    return signer or ("resident, signed in" if _asks(view) else "anyone")


def _asks(view: object) -> bool:
    """Whether a view, or a function of its own module that it calls, asks who is signed in."""
    waiting, seen = [inspect.unwrap(view)] if callable(view) else [], set[object]()
    while waiting:
        found = waiting.pop()
        if not isinstance(found, FunctionType) or found in seen:
            continue
        seen.add(found)
        names = set(_names(found.__code__))
        if names & ASKS_WHO:
            return True
        called = (found.__globals__.get(name) for name in names)
        waiting += [each for each in called if getattr(each, "__module__", "") == found.__module__]
    return False


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)


def _says(found: object) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(found) or "").split("\n")[0]


def _errors() -> list[str]:
    for package in ours.__path__, *(importlib.import_module(name).__path__ for name in _below()):
        prefix = f"{Path(package[0]).name}."
        for found in pkgutil.walk_packages(package, prefix):
            if found.name not in LIFELESS:
                importlib.import_module(found.name)
    known, plain = errors.known(), {code: status for status, code in errors.CODES.items()}
    sentences = texts.table("errors")
    statuses = {code: errors.status_of(kind) for code, kind in known.items()} | plain
    rows = [(f"`{code}`", statuses[code], sentences[code]) for code in sorted(statuses)]
    return table(("code", "status", "sentence"), rows)


def _below() -> tuple[str, ...]:
    return ("handlers", "tracking", "payments", "feedback", "catalogue", "people", "base")


def _effects() -> list[str]:
    rows = [(f"`{name}`", _meaning(effect)) for name, effect in jobs.EFFECTS.items()]
    return table(("effect", "what is done"), rows)


def _meaning(effect: jobs.Effect) -> str:
    """What an effect's function says, or the maker of a function that was made for a kind."""
    maker = effect.__qualname__.split(".")[0]
    return _says(effect) or _says(getattr(effects, maker))


def _wakes() -> list[str]:
    rows = [
        (f"`{each.name}`", f"{each.every_seconds} s", _says(each.act))
        for each in clockwork.SCHEDULE
    ]
    return table(("wake", "every", "what is done"), rows)


def _commands() -> list[str]:
    return table(("command", "what it does", "options"), _listed(commands.main, ""))


def _listed(group: click.Group, path: str) -> Iterator[Row]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _listed(command, f"{path}{name} ")
            continue
        options = (f"`{each.opts[0]}` {getattr(each, 'help', '') or ''}" for each in command.params)
        yield f"`{path}{name}`", (command.help or "").split("\n")[0], "; ".join(options)


def _application() -> Flask:
    """The application as it is described; nothing is connected to."""
    with tempfile.TemporaryDirectory() as folder:
        kept = demo.secrets_of(Path(folder))
    kept["privacy_keys"] = "page:" + base64.b64encode(bytes(32)).decode()
    made = demo.environment(kept, demo.Ports(9, 9, 9, 9, 9))
    return ours.create_app(runtime.build(Settings.from_env(made)))


PAGES: dict[str, Callable[[], str]] = {
    "docs/settings.md": settings_page,
    ".env.example": example,
}
REFERENCE = "docs/reference.md"


def main() -> None:
    """Write every derived page."""
    for path, page in PAGES.items():
        (ROOT / path).write_text(page(), "utf-8")
    (ROOT / REFERENCE).write_text(reference_page(_application()), "utf-8")


if __name__ == "__main__":
    main()
