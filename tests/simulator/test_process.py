"""The simulator as a process of its own: two ports, and a memory that outlives SIGKILL."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import requests

from simulator import keep
from tests.simulator.phone.standin import config


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def running(folder, port, browser_port):
    (folder / "world.json").write_text(json.dumps(config(state_dir=str(folder / "state"))))
    ports = ["--port", str(port), "--browser-port", str(browser_port)]
    command = [sys.executable, "-m", "simulator", "--world", str(folder / "world.json"), *ports]
    process = subprocess.Popen(command)
    try:
        wait(f"http://127.0.0.1:{port}/control/v1/health", process)
        yield process, f"http://127.0.0.1:{port}/control/v1"
    finally:
        process.kill()
        process.wait()


def wait(url, process):
    patience = time.monotonic() + 60
    while time.monotonic() < patience and process.poll() is None:
        try:
            return requests.get(url, timeout=60)
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the simulator does not answer")


def on_disk(folder, person):
    """Wait until the simulator has written a person down."""
    patience = time.monotonic() + 60
    with closing(sqlite3.connect(folder / "state" / keep.FILE)) as file:
        while (person["id"],) not in file.execute("select id from people").fetchall():
            assert time.monotonic() < patience
            time.sleep(0.05)


def test_people_outlive_a_kill_and_a_stop_is_clean(tmp_path):
    port, browser_port = free_ports(2)
    with running(tmp_path, port, browser_port) as (process, control):
        person = requests.post(control + "/people", json={"name": "陈春梅"}, timeout=60).json()
        assert requests.get(f"http://127.0.0.1:{browser_port}/", timeout=60).status_code in (
            409,
            502,
        )
        on_disk(tmp_path, person)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(tmp_path, port, browser_port) as (process, control):
        kept = requests.get(f"{control}/people/{person['id']}", timeout=60).json()
        assert kept["name"] == "陈春梅"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
