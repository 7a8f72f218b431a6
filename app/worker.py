"""The RQ worker, with the effects loaded before it forks so that each job starts warm."""

import contextlib
import os
import signal

from rq import Worker as Forking

from . import jobs


class Worker(Forking):
    """Forks a process a job; the store is connected to inside the job, never before."""

    rings = jobs.QUEUE

    def handle_warm_shutdown_request(self) -> None:
        """Told to end, tell the job under way too: it finishes what it has begun and no more."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]  # RQ's
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)
