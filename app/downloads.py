"""Files on their way out: never sniffed, never cached, shown only when they are pictures."""

from urllib.parse import quote

from flask import Response

from base.files import File


def send(file: File, content: bytes) -> Response:
    """The bytes of a file as an answer: pictures inline, everything else to be saved."""
    how = "inline" if file.is_picture else "attachment"
    response = Response(content, content_type=file.type)
    response.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(file.name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
