"""Ends a step before or after the n-th command it sends to the store, by the driver's own word.

The driver tells a listener of every command; what the listener raises is no Exception, so nobody
on the way catches it, as nobody catches a killed process. Our code is not touched.
"""

import threading
from collections.abc import Callable
from typing import Final, Literal

from pymongo import monitoring

from base.store import Database

When = Literal["before", "after"]
SIDES: Final[tuple[When, ...]] = ("before", "after")

# What a client does on its own account is not a step of ours.
_OWN = frozenset({"hello", "ping", "endSessions", "killCursors", "abortTransaction"})


class Killed(BaseException):
    """The process ended here."""


class Guillotine(monitoring.CommandListener):
    """A listener that kills whoever sends the n-th command since it was armed."""

    def __init__(self) -> None:
        self.left, self.when, self.whom = 0, "before", 0
        self.session: object = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Fall before the command when it is the n-th and that was wanted."""
        if self._meant(event.command_name):
            self.session = event.command.get("lsid")
            self._fall("before")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Count the command, or fall after it."""
        if self._meant(event.command_name):
            if self.when == "before":
                self.left -= 1
            else:
                self._fall("after")

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """A command that fails has been sent all the same."""
        self.left -= self._meant(event.command_name)

    def _meant(self, command: str) -> bool:
        """Whether a command is one of the step's own: sent by its thread, for its own sake."""
        own = threading.get_ident() == self.whom and command not in _OWN
        return bool(self.left) and own

    def _fall(self, when: When) -> None:
        if when != self.when:
            return
        if self.left == 1:
            self.left = 0
            raise Killed
        if when == "after":
            self.left -= 1

    def kills(self, db: Database, act: Callable[[], object], n: int, when: When) -> bool:
        """Whether an act was killed at its n-th command; done otherwise.

        A process takes its sessions with it, this one goes on: a transaction that was about to be
        committed would keep its locks, and is ended with its session.
        """
        self.left, self.when, self.whom = n, when, threading.get_ident()
        try:
            act()
        except Killed:
            self.left = 0
            db.client.admin.command("killSessions", [self.session])
            return True
        finally:
            self.left = 0
        return False
