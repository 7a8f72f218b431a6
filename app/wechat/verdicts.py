"""What WeChat's error codes mean for us, as config/wechat_errors.toml says."""

import re
import tomllib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from base.errors import Unreachable

PARTNER = "wechat"
_TABLE = Path(__file__).parents[2] / "config" / "wechat_errors.toml"
_WAITING_HELPS = {
    "transient", "token", "slow", "brief", "person", "quota", "configuration", "egress", "missing",
}  # fmt: skip
_RID = re.compile(r"rid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})")
_FIELD = re.compile(r"data\.(\w+)\.v")
_PERSONAL = re.compile(r"[^\x20-\x7e]+|[\w-]{16,}|\d{6,}", re.ASCII)
_LONGEST_TEXT = 120


class Refused(Unreachable):
    """The platform answered with an error; `kind` is its class, `retry` whether waiting helps.

    `reason` holds endpoint, code, request id and the template field at fault, and `text` what the
    platform said without whatever may be personal. A transient refusal is doubtful: the platform
    may have done what was asked for all the same.
    """

    def __init__(self, endpoint: str, code: int, message: str = "") -> None:
        self.endpoint = endpoint
        self.code = code
        self.kind = classify(endpoint, code)
        rid, field = _RID.search(message), _FIELD.search(message)
        self.rid = rid[1] if rid else ""
        self.text = plain(message)
        self.doubtful = self.kind == "transient"
        parts = [endpoint, str(code), self.kind, *(m[1] for m in (field, rid) if m)]
        super().__init__(PARTNER, retry=self.kind in _WAITING_HELPS, reason=" ".join(parts))


class Garbled(Unreachable):
    """Not an answer of the platform: a gateway's page, a half answer, a missing field.

    What was asked for may have been done.
    """

    doubtful = True

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(PARTNER, retry=True, reason=f"{endpoint} {reason}")


class Held(Unreachable):
    """We did not even ask, for `why`: its valve is closed or its pace is full; try at `until`.

    `kind` is the class of refusal that closed the valve, "" for the pace.
    """

    until: datetime

    def __init__(self, endpoint: str, why: str, until: datetime, kind: str = "") -> None:
        super().__init__(PARTNER, retry=True, reason=f"{endpoint} held: {why}", until=until)
        self.why = why
        self.kind = kind


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


def plain(message: str) -> str:
    """What the platform said, its request id and all that may name a person left out."""
    return _PERSONAL.sub("…", _RID.sub("", message)).strip()[:_LONGEST_TEXT]
