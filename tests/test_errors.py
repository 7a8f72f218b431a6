"""Every way of saying no has a code, a sentence and a status, and no sentence is left over."""

import ast
import importlib
import pkgutil
import string

import pytest

from app import errors as table
from base import errors, texts
from script import demo

PACKAGES = (
    "app", "handlers", "tracking", "payments", "feedback", "catalogue", "people", "base",
)  # fmt: skip
LIFELESS = {"app.wsgi", "app.__main__"}
ABSTRACT = {"problem"}


@pytest.fixture(scope="module")
def known():
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if found.name not in LIFELESS:
                importlib.import_module(found.name)
    return table.known()


def strings():
    """Every string that stands in the shipped code."""
    for name in PACKAGES:
        for path in (demo.ROOT / name).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def kinds(kind=errors.Problem):
    yield kind
    for each in kind.__subclasses__():
        yield from kinds(each)


def test_every_problem_has_a_sentence(known):
    assert {code for code in known if code not in texts.table("errors")} == set()


def test_every_sentence_belongs_to_a_problem(known):
    spoken = set(texts.table("errors"))
    assert spoken - set(known) - set(table.CODES.values()) - set(strings()) == set()


def test_one_code_is_one_problem(known):
    own = [
        kind
        for kind in kinds()
        if "code" in vars(kind) and kind.__module__.split(".")[0] in PACKAGES
    ]
    codes = [kind.code for kind in own]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []


def test_every_problem_has_a_status_of_its_own_kind(known):
    silent = [kind for kind in known.values() if kind is not errors.Problem]
    assert all(400 <= table.status_of(kind) < 500 for kind in silent)
    assert all(any(base in table.STATUS for base in kind.__mro__) for kind in silent)


def test_the_framework_has_sentences_too():
    assert set(table.CODES.values()) <= set(texts.table("errors"))
    assert [table.code_of(status) for status in (400, 418, 500, 502)] == [
        "bad_request", "bad_request", "bug", "bug",
    ]  # fmt: skip


def test_sentences_ask_only_for_what_their_problem_gives(known):
    """A placeholder is named at every raise, else the answer would be a bug instead."""
    code = "\n".join(
        path.read_text("utf-8") for name in PACKAGES for path in (demo.ROOT / name).rglob("*.py")
    )
    for sentence in texts.table("errors").values():
        for _, name, _, _ in string.Formatter().parse(sentence):
            assert name is None or f"{name}=" in code, sentence
