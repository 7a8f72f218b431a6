"""The documentation is as true as the code it describes."""

import re

import pytest

from app import clockwork, errors, jobs
from config.settings import Settings
from script import document

REMEDY = "run: .venv/bin/python -m script.document"


def page(path):
    return (document.ROOT / path).read_text("utf-8")


@pytest.mark.parametrize("path", document.PAGES)
def test_what_is_written_about_the_settings_is_current(path):
    assert page(path) == document.PAGES[path](), REMEDY


def test_the_reference_is_current(alone):
    assert page(document.REFERENCE) == document.reference_page(alone.app), REMEDY


def test_every_setting_is_explained():
    for name in Settings.__dataclass_fields__:
        assert f"| `{name.upper()}` |" in page("docs/settings.md")


def test_every_error_effect_and_wake_is_explained():
    written = page(document.REFERENCE)
    waking = {each.name for each in clockwork.SCHEDULE}
    for name in {*errors.CODES.values(), *jobs.EFFECTS, *waking}:
        assert f"| `{name}` |" in written


def test_every_route_of_the_api_says_what_it_does_and_who_may():
    rows = [row for row in page(document.REFERENCE).splitlines() if "`/api/" in row]
    assert len(rows) > 30
    for row in rows:
        assert re.fullmatch(r"\| [A-Z]+ \| `[^`]+` \| [a-z, ]+ \| .+\. \|", row), row


@pytest.mark.parametrize("path", ["README.md", "docs/decisions.md", "deploy/README.md"])
def test_no_page_points_to_a_file_that_is_not_there(path):
    if not (document.ROOT / path).exists():
        pytest.fail(f"{path} is missing")
    folder = (document.ROOT / path).parent
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page(path)):
        assert (folder / target).exists(), f"{path} → {target}"
