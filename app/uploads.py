"""Requests whose files stay in memory: an upload never lies on disk before it is sealed."""

import io
from typing import IO, Any

from flask import Request as FlaskRequest


class Request(FlaskRequest):
    """Flask's request, without the temporary files werkzeug would write for large uploads."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        """Memory for one file; MAX_CONTENT_LENGTH bounds it."""
        return io.BytesIO()
