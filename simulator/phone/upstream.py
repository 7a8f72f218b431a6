"""One exchange between the phone's browser and a server: body streamed in, answer streamed out."""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, WSGIEnvironment

CHUNK_BYTES = 64 * 1024
TIMEOUT_SECONDS = 60
#: Headers of one hop (RFC 9110 §7.6.1), and those which the browser sets itself.
_NOT_PASSED_ON = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "host", "cookie", "accept-encoding", "content-length",
    "user-agent",
}  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """What the browser is about to ask: the real address, headers that are its own, its cookies."""

    url: str
    headers: dict[str, str]
    jar: CookieJar


@dataclass(frozen=True)
class Exchange:
    """An answer whose body is still to be read, and the connection it comes over."""

    answer: HTTPResponse
    connection: HTTPConnection

    def chunks(self) -> Iterator[bytes]:
        """Yield the body piece by piece."""
        while piece := self.answer.read1(CHUNK_BYTES):
            yield piece

    def close(self) -> None:
        """Let go of the connection; whatever was not read is lost."""
        self.answer.close()
        self.connection.close()


class Unanswered(Exception):
    """The server did not answer; the text says why."""


def ask(environ: "WSGIEnvironment", visit: Visit) -> Exchange:
    """Send the WSGI request to the visit's address; who asks closes the exchange.

    The jar gives and takes the cookies. Raises Unanswered when nobody answers.
    """
    parts = urlsplit(visit.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        _send(connection, environ, target, _headers(environ, visit))
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as trouble:
        connection.close()
        raise Unanswered(str(trouble)) from trouble
    visit.jar.extract_cookies(answer, addressed(visit))
    return Exchange(answer, connection)


def addressed(visit: Visit) -> Request:
    """Return the visit as the cookie jar understands it; it is never opened."""
    return Request(visit.url)  # noqa: S310 - only carries the address to the jar


def _send(
    connection: HTTPConnection, environ: "WSGIEnvironment", target: str, headers: dict[str, str]
) -> None:
    connection.putrequest(
        environ["REQUEST_METHOD"], target, skip_host=True, skip_accept_encoding=True
    )
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        for piece in _body(environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0)):
            connection.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        return  # the server has answered before the body ended; its answer is read next


def _body(stream: "InputStream", length: int) -> Iterator[bytes]:
    while length > 0 and (piece := stream.read(min(length, CHUNK_BYTES))):
        length -= len(piece)
        yield piece


def _headers(environ: "WSGIEnvironment", visit: Visit) -> dict[str, str]:
    headers = {name: value for name, value in _sent(environ) if name.lower() not in _NOT_PASSED_ON}
    length = environ.get("CONTENT_LENGTH")
    carried = addressed(visit)
    visit.jar.add_cookie_header(carried)
    cookie = carried.get_header("Cookie")
    return (
        {"Host": urlsplit(visit.url).netloc, "Connection": "close"}
        | headers
        | {"Accept-Encoding": "identity"}
        | ({"Content-Length": length} if length else {})
        | ({"Cookie": cookie} if cookie else {})
        | visit.headers
    )


def _sent(environ: "WSGIEnvironment") -> Iterator[tuple[str, str]]:
    if environ.get("CONTENT_TYPE"):
        yield "Content-Type", environ["CONTENT_TYPE"]
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            yield key[5:].replace("_", "-").title(), value
