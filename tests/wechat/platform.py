"""A platform of a few lines on loopback: answers by path, remembers what it was asked."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.serving import make_server

PICTURES = (b"\x89PN", b"\xff\xd8\xff")
Answer = dict[str, Any] | bytes | tuple[int, bytes]


class Platform:
    """Scripted answers: a value, or a function of (parameters, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[dict[str, str], Any], Answer]] = {}
        self.asked: Counter[str] = Counter()
        self.bodies: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""
        self._lock = threading.Lock()
        self._tokens = 0

    def token(self, _params: dict[str, str], _body: Any) -> Answer:
        with self._lock:
            self._tokens += 1
            return {"access_token": f"token-{self._tokens}", "expires_in": 7200}

    def answer(self, path: str, params: dict[str, str], body: Any) -> Answer:
        with self._lock:
            self.asked[path] += 1
            self.bodies.append((path, params, body))
        found = self.answers.get(path, (404, b"<html>nothing here</html>"))
        return found(params, body) if callable(found) else found


@contextmanager
def running() -> Iterator[Platform]:
    platform = Platform()
    platform.answers["/cgi-bin/stable_token"] = platform.token

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            body = json.loads(raw) if raw else None
            found = platform.answer(parts.path, dict(parse_qsl(parts.query)), body)
            status, content = found if isinstance(found, tuple) else (200, found)
            sent = json.dumps(content).encode() if isinstance(content, dict) else content
            kind = "application/json" if isinstance(content, dict) else "text/html"
            self.send_response(status)
            self.send_header("Content-Type", "image/png" if sent[:3] in PICTURES else kind)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free loopback port; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
