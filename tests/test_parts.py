"""A part of the platform: started, watched, started again with patience, and never left behind."""

import os
import socket
import subprocess
import sys
import time

import pytest

from script import parts, servers, supervisor

FOREVER = "import time; time.sleep(600)"


def wait(look):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("waited in vain")


@pytest.fixture
def part(tmp_path):
    made = []

    def start(code, name="part"):
        each = parts.Part(name, [sys.executable, "-c", code], tmp_path, os.environ)
        each.start()
        made.append(each)
        return each

    yield start
    for each in made:
        each.stop()


def test_a_part_that_lives_is_left_alone(part, tmp_path):
    living = part(FOREVER)
    assert living.watch() is None
    assert parts.alive(tmp_path / "part.pid")


def test_a_part_that_dies_is_said_to_and_started_again(part):
    dying = part("raise SystemExit(3)")
    first = dying.process.pid
    assert wait(dying.watch) == "part ended with 3; started again in 1.0 s"
    assert dying.watch() is None
    dying.again_at = 0.0
    assert dying.watch() is None
    assert dying.process.pid != first


def test_the_wait_grows_while_it_keeps_dying_and_is_short_after_a_calm_time(part):
    dying = part("raise SystemExit(1)")
    waits = []
    for _ in range(6):
        line = wait(dying.watch)
        waits.append(float(line.split("again in ")[1].split()[0]))
        dying.again_at = 0.0
    assert waits == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert dying.watch() is None
    dying.started -= 60
    assert "again in 0.5 s" in wait(dying.watch)


def test_stopping_a_part_stops_its_children(part):
    code = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True);" + FOREVER
    parent = part(code)
    log = parent.folder / "part.log"
    child = int(wait(lambda: log.read_text().strip()))
    parent.stop()
    wait(lambda: not os.path.exists(f"/proc/{child}") or " Z " in stat(child))
    assert not parent.pid_file.exists()


def stat(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read()
    except OSError:
        return " Z "


def test_what_a_killed_supervisor_left_is_stopped_by_the_next(part, tmp_path):
    left = part(FOREVER, "worker")
    assert parts.sweep(tmp_path) == ["worker"]
    assert left.process.wait(60) != 0
    assert not left.pid_file.exists()


@pytest.mark.parametrize("kept", ["", "nonsense", "{pid}", "{pid} 123", "999999999 1"])
def test_a_stale_or_reused_process_id_is_nobodys(tmp_path, kept):
    (tmp_path / "web.pid").write_text(kept.format(pid=os.getpid()))
    assert parts.sweep(tmp_path) == []
    assert not list(tmp_path.glob("*.pid"))


def test_we_are_alive_by_our_own_mark(tmp_path):
    parts.mark(tmp_path / "own", os.getpid())
    assert parts.alive(tmp_path / "own")


def started(tmp_path, **environment):
    """A supervisor that will not start; what it says."""
    given = {"PATH": os.environ["PATH"], "STATE_DIR": str(tmp_path)} | environment
    done = subprocess.run(
        [sys.executable, "-m", "script.supervisor"],
        cwd=supervisor.ROOT,
        env=given,
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_taken_port_is_named_with_the_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = started(tmp_path, PORT=str(port))
    assert f"port {port} (web) is taken" in said
    assert "PORT=9000" in said


@pytest.mark.parametrize("name", ["PORT", "SIMULATOR_PORT"])
@pytest.mark.parametrize("port", ["x", "", "-1", "70000"])
def test_a_port_that_is_none_is_refused(tmp_path, name, port):
    said = started(tmp_path, **{"PORT": str(servers.free_port()), name: port})
    assert f"{name} must be a port" in said


def test_a_store_and_a_queue_elsewhere_are_used_and_not_started(tmp_path, store_uri, redis_url):
    given = {"STATE_DIR": str(tmp_path), "MONGODB_URI": store_uri(), "REDIS_URL": redis_url}
    town = supervisor.Town(given)
    lines = list(supervisor.start_servers(town))
    assert town.parts == []
    assert [line.split()[0] for line in lines] == ["store", "queue"]
    assert store_uri().split("/")[2] in lines[0]


def test_broken_settings_stop_the_start_with_every_fault(tmp_path):
    town = supervisor.Town({"STATE_DIR": str(tmp_path)})
    town.environment |= {"PUBLIC_URL": "ftp://x", "SECRET_KEY": "short"}
    with pytest.raises(supervisor.Stop) as stopped:
        supervisor.command(town, "prepare")
    assert "PUBLIC_URL" in str(stopped.value)
    assert "SECRET_KEY" in str(stopped.value)
    assert "Traceback" not in str(stopped.value)
