"""The headers that every answer carries, unless the view that made it has said otherwise."""

from typing import Final

from flask import Flask, Response, request

_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_MACHINES: Final = ("/api/v1", "/wechat", "/notices", "/readyz", "/metrics", "/healthz")


def register(app: Flask) -> None:
    """Close every answer; pages and files open what they need by headers of their own."""

    @app.after_request
    def close(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if response.mimetype == "application/json":
            response.headers.setdefault("Content-Security-Policy", _NOTHING)
        if request.path.startswith(_MACHINES):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
