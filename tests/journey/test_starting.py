"""What script/server says when it cannot start: one sentence that says what to do."""

import socket
import subprocess

import pytest

from .platform import ROOT, Platform


@pytest.fixture
def idle(tmp_path):
    return Platform(tmp_path)


def refused(platform) -> str:
    """Start it in vain; what it said about that."""
    done = subprocess.run(
        [ROOT / "script" / "server"], env=platform.environment, capture_output=True, timeout=120
    )
    assert done.returncode == 1
    assert platform.processes() == []
    return done.stderr.decode()


def test_a_taken_port_is_named_with_the_way_out(idle):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", idle.port + 100))
        taken.listen()
        said = refused(idle)
    assert f"port {idle.port + 100} (simulator) is taken" in said
    assert "PORT=9000 script/server" in said


def test_an_unreachable_store_is_named_with_its_setting(tmp_path):
    platform = Platform(tmp_path, MONGODB_URI="mongodb://someone:secret@127.0.0.1:9/county")
    said = refused(platform)
    assert "the store at 127.0.0.1:9 does not answer; check MONGODB_URI" in said
    assert "secret" not in said


@pytest.mark.xdist_group("town")
def test_a_second_supervisor_of_the_same_folder_is_refused(running):
    assert running.process.poll() is None
    done = subprocess.run(
        [ROOT / "script" / "server"], env=running.environment, capture_output=True, timeout=60
    )
    assert done.returncode == 1
    assert b"it runs already" in done.stderr


def test_a_journey_without_a_platform_says_so(idle):
    journey = [ROOT / "script" / "journey"]
    lost = subprocess.run(journey, env=idle.environment, capture_output=True, timeout=60)
    assert lost.returncode == 1
    assert b"start script/server first" in lost.stderr
    vain = subprocess.run(
        [*journey, "--password", "x"], env=idle.environment, capture_output=True, timeout=60
    )
    assert vain.returncode == 1
    assert vain.stdout.decode().splitlines()[-1] == "journey: 1 steps, 0 passed"
