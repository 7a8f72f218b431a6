"""Starts the simulator: `python -m simulator --world world.json --port N --browser-port M`."""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import application
from .phone import browser
from .world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"


class Quiet(WSGIRequestHandler):
    """Answers requests without a line for each on the terminal; the wire log has them."""

    def log_request(self, *_: Any) -> None:
        """Say nothing."""


def serve(app: "WSGIApplication", port: int) -> BaseWSGIServer:
    """Serve a WSGI app on a loopback port (0 = any) in threads of its own; returns the server."""
    server = make_server(HOST, port, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--world", type=Path, required=True, help="JSON file of the world's set-up")
    parser.add_argument("--port", type=int, required=True, help="port of the platforms")
    parser.add_argument("--browser-port", type=int, required=True, help="of the phone's browser")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    """Serve both ports until the process is told to stop."""
    logging.basicConfig(level=logging.WARNING)
    options = read(arguments)
    addresses = {
        "simulator_url": f"http://{HOST}:{options.port}",
        "browser_url": f"http://{HOST}:{options.browser_port}",
    }
    world = World(json.loads(options.world.read_text()) | addresses)
    servers = [
        serve(application(world), options.port),
        serve(browser.application(world), options.browser_port),
    ]
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    for server in servers:
        server.shutdown()
    world.close()


if __name__ == "__main__":
    main(sys.argv[1:])
