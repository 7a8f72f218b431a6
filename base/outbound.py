"""HTTP to partners: pooled, with time-outs on every call and never a silent redirect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .errors import Unreachable

TIMEOUT: Final = (3.05, 8.0)
"""Seconds to connect and to wait for bytes."""


@dataclass(frozen=True)
class Answer:
    """What a partner answered: status, headers (case-insensitive) and the raw bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """A pool of connections to one partner; safe to share between threads."""

    def __init__(self, partner: str, timeout: tuple[float, float]) -> None:
        self.partner = partner
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=32))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send exactly these bytes; network trouble is Unreachable, any status is an Answer.

        Unless no connection was made, the trouble is doubtful: the partner may have heard us.
        """
        try:
            answer = self._session.request(
                method,
                url,
                headers=dict(headers or {}),
                data=body,
                params=dict(params or {}),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            trouble = Unreachable(self.partner, reason=type(error).__name__)
            trouble.doubtful = not unheard(error)
            raise trouble from error
        return Answer(answer.status_code, answer.headers, answer.content)


def unheard(error: BaseException | None) -> bool:
    """Whether a failed request was certainly never sent, for no connection was made."""
    while error is not None:
        if isinstance(error, requests.ConnectTimeout | NewConnectionError):
            return True
        inner = error.args[0] if error.args else None
        reason = getattr(inner, "reason", None)
        if isinstance(reason, NewConnectionError | ConnectTimeoutError):
            return True
        error = error.__cause__ or error.__context__
    return False


def session(partner: str, *, timeout: tuple[float, float] = TIMEOUT) -> Outbound:
    """Connections to one partner, with seconds to connect and to wait for bytes."""
    return Outbound(partner, timeout)
