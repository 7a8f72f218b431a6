"""The budgets and bans of the house that no linter knows."""

import ast
import re
import statistics
from functools import cache

import pytest

from script import demo

SHIPPED = (
    "app", "handlers", "tracking", "payments", "feedback", "catalogue", "people", "base", "config",
)  # fmt: skip
OURS = (*SHIPPED, "simulator", "script")
MOST_LINES = 300
MOST_FUNCTION = 40
MEDIAN_FUNCTION = 8
MOST_TEST = 30
CHINESE = re.compile("[㐀-鿿]")
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "core", "misc"}
OUTBOX = {"app/jobs.py": "leases the documents that carry promises, whatever their collection"}


def paths(*folders):
    found = [path for folder in folders for path in (demo.ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def name(path):
    return str(path.relative_to(demo.ROOT))


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"))


def functions(path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def length(function):
    return function.end_lineno - function.lineno + 1


def docstrings(path):
    """The ids of the constants that are docstrings."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree(path)):
        if isinstance(node, kinds) and node.body and isinstance(node.body[0], ast.Expr):
            yield id(node.body[0].value)


def patterns(path):
    """The ids of all nodes inside what is handed to `re`, and of f-strings that hold a pattern."""
    for node in ast.walk(tree(path)):
        handed = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")
        if handed or (isinstance(node, ast.JoinedStr) and r"\d" in ast.unparse(node)):
            yield from (id(part) for part in ast.walk(node))


def literals(path):
    """(line, text) of every string that is neither a docstring nor a pattern."""
    skipped = {*docstrings(path), *patterns(path)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and id(node) not in skipped:
            yield node.lineno, str(node.value)


def test_no_file_is_longer_than_one_sitting():
    long = {name(each): len(each.read_text("utf-8").splitlines()) for each in paths(*OURS, "tests")}
    assert {path: lines for path, lines in long.items() if lines > MOST_LINES} == {}


def test_no_function_is_longer_than_a_screen():
    found = [
        f"{name(path)}:{each.name} {length(each)}"
        for path in paths(*OURS, "tests")
        for each in functions(path)
        if length(each) > (MOST_TEST if each.name.startswith("test_") else MOST_FUNCTION)
    ]
    assert found == []


@pytest.mark.parametrize("folder", OURS)
def test_most_functions_are_short(folder):
    lengths = [length(each) for path in paths(folder) for each in functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


def test_every_module_opens_with_one_sentence():
    """The first paragraph is one sentence; what follows it may say more."""
    found = []
    for path in paths(*OURS, "tests"):
        if path.name == "__init__.py" and not path.read_text("utf-8").strip():
            continue
        opening = (ast.get_docstring(tree(path)) or "").split("\n\n")[0]
        if not opening.endswith((".", ":", "?")) or ". " in opening.replace("e.g. ", ""):
            found.append(name(path))
    assert found == []


def test_every_shipped_package_says_what_it_is():
    for path in paths(*OURS):
        if path.name == "__init__.py":
            assert ast.get_docstring(tree(path)), name(path)


def test_words_for_people_are_data_not_code():
    found = [
        f"{name(path)}:{line}"
        for path in paths(*SHIPPED, "script")
        for line, text in literals(path)
        if CHINESE.search(text)
    ]
    assert found == []


def test_nothing_is_called_by_a_name_that_says_nothing():
    assert [name(each) for each in paths(*OURS, "tests") if each.stem in VAGUE] == []


def is_store(path):
    return path.name == "store.py" or path.parent.name == "store" or name(path).startswith("base/")


def collections(path):
    """The lines that open a collection: `db[…]` or `….db[…]`, unless handed to base.outbox."""
    handed = {
        id(argument)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("outbox.", "ahead."))
        for argument in node.args
    }
    for node in ast.walk(tree(path)):
        opens = isinstance(node, ast.Subscript) and ast.unparse(node.value).split(".")[-1] == "db"
        if opens and id(node) not in handed:
            yield f"{name(path)}:{node.lineno}"


def test_only_stores_and_base_open_collections():
    places = [path for path in paths(*SHIPPED) if not is_store(path) and name(path) not in OUTBOX]
    assert [each for path in places for each in collections(path)] == []


def test_no_query_is_one_that_the_embedded_store_scans_for():
    banned = re.compile(r"find_one_and_|find_and_modify|^\$(or|and|where|regex|lookup|text)$")
    found = [
        f"{name(path)}:{line}"
        for path in paths(*SHIPPED)
        for line, text in [*literals(path), *attributes(path)]
        if banned.search(text)
    ]
    assert found == []


def attributes(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr


def test_every_exception_from_a_rule_gives_its_reason():
    """`# noqa: X  why` and `# type: ignore[x]`; never a bare one, never `pragma: no cover`."""
    bare = re.compile(
        r"# noqa(?!: [A-Z]+\d+(, [A-Z]+\d+)* +(- )?\w)|# type: ignore(?!\[)|pragma" + ": no cover"
    )
    found = [
        f"{name(path)}:{number}"
        for path in paths(*OURS)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_everything_is_caught_in_three_places_only():
    found = [
        name(path)
        for path in paths(*SHIPPED)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    assert found == ["app/door.py", "app/jobs.py", "app/wechat/inbox.py"]


def test_shipped_code_is_found_under_its_own_name(monkeypatch):
    """Our generic top-level names come first on the path, not somebody else's package."""
    for folder in SHIPPED:
        found = __import__(folder)
        assert found.__file__ == str(demo.ROOT / folder / "__init__.py")
