"""What IT staff type after `python -m app`."""

import os
import signal
import subprocess
import sys

import pytest
import redis
from click.testing import CliRunner

from app import commands
from base import clock
from people import operators
from script import demo

FILE = str(demo.ROOT / "script" / "demo.toml")
FIRST = "a first password"


@pytest.fixture
def typed(town):
    """Type a command with the town's settings; what it said."""

    def type_in(*words, code=0, **more):
        result = CliRunner().invoke(commands.main, words, env=town.environment | more)
        clock.follow(town.db)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.output if code else result.stdout

    return type_in


def test_preparing_twice_changes_nothing(typed):
    said = typed("prepare")
    assert said.startswith("0 services published, 29 unchanged")


def test_operators_are_created_once(typed, store_uri):
    elsewhere = store_uri(f"commands{os.getpid()}")
    words = ("operators", "--file", FILE, "--password-env", "FIRST")
    said = typed(*words, FIRST=FIRST, MONGODB_URI=elsewhere)
    assert said.count("created") == len(demo.words()["operators"])
    assert typed(*words, FIRST=FIRST, MONGODB_URI=elsewhere) == ""


def test_an_operator_signs_in_with_the_first_password(typed, town, store_uri):
    words = ("operators", "--file", FILE, "--password-env", "FIRST")
    assert typed(*words, FIRST=FIRST) == ""
    assert operators.sign_in(town.db, "guanli", "correct horse battery").roles == ("admin",)


def test_the_menu_is_published_once(typed, town):
    town.control("POST", "/reset")
    assert typed("menu", "--dry-run").startswith("Not published, would change:")
    assert typed("menu").startswith("Published; changed:")
    assert typed("menu") == "The menu is what config/menu.toml says.\n"


def test_incomplete_settings_are_named_all_at_once(typed):
    said = typed("prepare", code=1, PUBLIC_URL="", SECRET_KEY="short")
    assert "PUBLIC_URL: missing" in said
    assert "SECRET_KEY" in said


def test_a_broken_county_is_refused_with_file_and_remedy(typed, tmp_path):
    broken = tmp_path / "services"
    broken.mkdir()
    (broken / "x.yaml").write_text("key: [", "utf-8")
    assert "x.yaml" in typed("prepare", "--data", str(tmp_path), code=1)


def test_a_clock_ticks_until_it_is_told_to_stop(town):
    passed = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    url = town.environment["REDIS_URL"].replace("/0", "/5")
    own = {"PYTHONPATH": str(demo.ROOT), "REDIS_URL": url}
    environment = town.environment | passed | own
    ticking = subprocess.Popen(
        [sys.executable, "-m", "app", "clock"],
        env=environment,
        cwd=demo.ROOT,
        stderr=subprocess.PIPE,
    )
    with redis.Redis.from_url(url) as bells:
        town.eventually(lambda: bells.exists("clock:sweep"))
    ticking.send_signal(signal.SIGTERM)
    _, said = ticking.communicate(timeout=60)
    assert ticking.returncode == 0
    assert b"Traceback" not in said


def test_scene_codes_are_made_once_and_drawn(typed, tmp_path):
    first = typed("scenes", "--kind", "counter", "--folder", str(tmp_path))
    assert typed("scenes", "--kind", "counter") == first.splitlines()[0] + "\n"
    drawn = next(tmp_path.glob("counter-郎溪县政务服务中心-*.png"))
    assert drawn.read_bytes().startswith(b"\x89PNG")
