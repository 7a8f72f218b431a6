"""The headers that every answer carries, unless the view that made it has said otherwise."""

from typing import Final

from flask import Flask, Response, request

_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_MACHINES: Final = ("/api/v1", "/wechat", "/notices", "/readyz", "/metrics", "/healthz")


def register(app: Flask) -> None:
    """Close every answer; pages and files open what they need by headers of their own."""

    @app.after_request
    def close(response: Response) -> Response:
        json, machine = response.mimetype == "application/json", request.path.startswith(_MACHINES)
        for name, value in closing(json=json, machine=machine):
            response.headers.setdefault(name, value)
        return response


def closing(*, json: bool, machine: bool) -> list[tuple[str, str]]:
    """The headers of an answer, by whether it is JSON and whether a machine asked."""
    found = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin")]
    found += [("Content-Security-Policy", _NOTHING)] if json else []
    return found + ([("Cache-Control", "no-store")] if machine else [])
