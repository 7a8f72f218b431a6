"""Faults that tests order in advance: which endpoint misbehaves, how, and how many times."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

TRANSPORT = ("latency", "status", "errcode", "errcode_after", "reset", "reset_after")


@dataclass
class Fault:
    """One ordered fault, for ever if `times` is negative; `values` holds what its kind needs.

    Kinds any endpoint knows: "latency" (seconds), "status" (status, body, content_type; HTML 502
    unless told), "errcode" (errcode, errmsg; WeChat's JSON, nothing done), "errcode_after" (the
    same answer, but done), "reset" (no answer and nothing done), "reset_after" (done, but no
    answer). Other modules take kinds of their own.
    """

    endpoint: str
    kind: str
    times: int = 1
    values: dict[str, Any] = field(default_factory=dict)


class Faults:
    """The faults still to come, taken one by one; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def order(self, told: Mapping[str, Any]) -> Fault:
        """Order a fault from `{endpoint, kind, times?, …values}`; endpoint is a path or a glob."""
        values = {key: told[key] for key in told if key not in ("endpoint", "kind", "times")}
        fault = Fault(told["endpoint"], told["kind"], int(told.get("times", 1)), values)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def take(self, endpoint: str, *kinds: str) -> Fault | None:
        """Return the first fault waiting for this endpoint of one of these kinds, using it once."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind in kinds and fnmatchcase(endpoint, fault.endpoint):
                    return self._use(fault)
        return None

    def _use(self, fault: Fault) -> Fault:
        if fault.times < 0:
            return fault
        fault.times -= 1
        if fault.times <= 0:
            self._waiting.remove(fault)
        return fault

    def waiting(self) -> list[Fault]:
        """Return the faults that have not happened yet."""
        with self._lock:
            return list(self._waiting)

    def clear(self) -> None:
        """Cancel all of them."""
        with self._lock:
            self._waiting.clear()
