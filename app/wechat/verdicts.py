"""What WeChat's error codes mean for us, as config/wechat_errors.toml says."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from base.errors import Unreachable

PARTNER = "wechat"
_TABLE = Path(__file__).parents[2] / "config" / "wechat_errors.toml"
_WAITING_HELPS = {"transient", "token", "slow", "quota", "configuration"}
_RID = re.compile(r"rid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})")
_FIELD = re.compile(r"data\.(\w+)\.v")


class Refused(Unreachable):
    """The platform answered with an error; `kind` is its class, `retry` whether waiting helps.

    `reason` holds endpoint, code, request id and the template field at fault: nothing personal.
    """

    def __init__(self, endpoint: str, code: int, message: str = "") -> None:
        self.endpoint = endpoint
        self.code = code
        self.kind = classify(endpoint, code)
        rid, field = _RID.search(message), _FIELD.search(message)
        parts = [endpoint, str(code), self.kind, *(m[1] for m in (field, rid) if m)]
        super().__init__(PARTNER, retry=self.kind in _WAITING_HELPS, reason=" ".join(parts))


class Garbled(Unreachable):
    """Not an answer of the platform: a gateway's page, a half answer, a missing field."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(PARTNER, retry=True, reason=f"{endpoint} {reason}")


@lru_cache(maxsize=1)
def _classes() -> dict[str, dict[int, str]]:
    """{endpoint or "any": {code: class}}."""
    table: dict[str, Any] = tomllib.loads(_TABLE.read_text("utf-8"))
    return {
        endpoint: {code: kind for kind, codes in kinds.items() for code in codes}
        for endpoint, kinds in table.items()
    }


def classify(endpoint: str, code: int) -> str:
    """The class of a code at an endpoint's path; what we do not know is "unknown"."""
    known = _classes()
    return known.get(endpoint, {}).get(code) or known["any"].get(code, "unknown")
