"""The rope of the bell: pulled by whoever made promises, rung by a thread of its own.

The queue may hang for seconds; nobody who pulls waits for it. A bell costs a twentieth of settling
a notice; when many come, one may do for some of them.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

_PAUSE_SECONDS: Final = 0.05
_QUIET_SECONDS: Final = 5.0


class Rope:
    """Rings at once, and once more a little later for all who pulled meanwhile."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._pulled = threading.Event()
        self._ringer: threading.Thread | None = None

    def pull(self) -> None:
        """Have a bell rung after this moment, and do not wait for it."""
        self._pulled.set()
        with self._lock:
            if self._ringer is None or not self._ringer.is_alive():
                self._ringer = threading.Thread(target=self._serve, name="bell", daemon=True)
                self._ringer.start()

    def _serve(self) -> None:
        while self._pulled.wait(_QUIET_SECONDS) or not self._dismissed():
            self._pulled.clear()
            self._ring()
            time.sleep(_PAUSE_SECONDS)

    def _dismissed(self) -> bool:
        """Whether the ringer may go: nobody has pulled, and whoever does calls another."""
        with self._lock:
            if not self._pulled.is_set():
                self._ringer = None
            return self._ringer is None
