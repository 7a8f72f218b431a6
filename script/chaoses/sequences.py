"""Sequences of payments, notices, lies, refunds and crashes, very many of them, counted.

Some processes work at them, each with a store, a world and a door of its own. What is done is noted
in a file, so that a run that was cut off goes on where it was: CHAOS_STATE names it.
"""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

from script import demo

from .harness import Verdict
from .money import verbs
from .money.crashing import When
from .money.machine import Money
from .money.stage import Stage, stage
from .money.tally import Tally

SIZES: Final = {"small": (8, 8, 1), "full": (20_000, 250, 2)}
"""Sequences, how many of them a process makes at a time, and processes."""

STEPS: Final = 13
_FEWEST: Final = 2
_MOST_SECONDS: Final = 45 * 60
_SHOWN: Final = 3000
_STATE: Final = demo.ROOT / "var" / "chaos-sequences.json"


@dataclass(frozen=True)
class Piece:
    """A piece of work: a verb to be killed at each of its commands, or sequences of one seed."""

    verb: str = ""
    when: When = "before"
    seed: int = 0
    many: int = 0

    @property
    def name(self) -> str:
        """What it is called in the state file."""
        return f"{self.verb} {self.when}" if self.verb else f"seed {self.seed} {self.many}"


def batch(stage: Stage, tally: Tally, seed: int, many: int) -> None:
    """Run so many sequences; raises AssertionError with the shortest one that breaks the books."""

    @hypothesis.seed(seed)
    def begun() -> Money:
        return Money(stage, tally)

    run_state_machine_as_test(
        begun,  # type: ignore[arg-type]  # a function that makes one is as good as the class
        settings=hypothesis.settings(
            max_examples=many,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


# One process of some


def main() -> None:
    """Do what each line of standard input asks for, and answer each with a line."""
    with stage() as here:
        for told in sys.stdin:
            print(json.dumps(_piece(here, Piece(**json.loads(told))).told()), flush=True)


def _piece(here: Stage, piece: Piece) -> Tally:
    """Some sequences, or a verb killed at each of its commands; whatever breaks is told."""
    tally = Tally()
    try:
        if piece.verb:
            killed = verbs.killed(piece.verb, piece.when, here.town(), here.db, here.fall)
            tally.commands[f"{piece.verb} {piece.when}"] = killed
        else:
            batch(here, tally, piece.seed, piece.many)
    except Exception as error:  # noqa: BLE001  whatever it is, it is what we look for
        tally.broken.append("".join(traceback.format_exception(error))[-_SHOWN:])
    return tally


# All of them


def run(size: str) -> list[Verdict]:
    """Every verb killed at each of its commands, then so many sequences."""
    many, at_once, processes = SIZES[size]
    state = State(_state_file() if size == "full" else None)
    pieces = (each for each in _pieces(at_once) if each.name not in state.done)
    lock = threading.Lock()

    def work() -> None:
        with _process() as ask:
            while True:
                with lock:
                    if state.tally.sequences >= many or state.tally.broken:
                        return
                    piece = next(pieces)
                began = time.monotonic()
                tally = ask(piece)
                with lock:
                    state.note(piece, tally, time.monotonic() - began)

    with ThreadPoolExecutor(processes) as pool:
        for each in [pool.submit(work) for _ in range(processes)]:
            each.result()
    return state.verdicts(many, processes)


def _pieces(at_once: int) -> Iterator[Piece]:
    """Every verb, then one seed after the other: who runs them stops when there are enough."""
    for verb, when in verbs.ALL:
        yield Piece(verb=verb, when=when)
    for seed in itertools.count():
        yield Piece(seed=seed, many=at_once)


def _state_file() -> Path:
    return Path(os.environ.get("CHAOS_STATE", str(_STATE)))


@contextmanager
def _process() -> Iterator[Callable[[Piece], Tally]]:
    """A process that does what it is asked for; one that dies is a thing that broke."""
    command = [sys.executable, "-m", __name__]
    process = subprocess.Popen(
        command, cwd=demo.ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told, said = process.stdin, process.stdout

    def ask(piece: Piece) -> Tally:
        told.write(json.dumps(asdict(piece)) + "\n")
        told.flush()
        answer = said.readline()
        return Tally.of(json.loads(answer)) if answer else Tally(broken=[f"{piece.name}: died"])

    try:
        yield ask
    finally:
        process.communicate(timeout=60)


class State:
    """What is done so far, in a file unless there is none; it goes when all is done and well."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        kept = json.loads(file.read_text()) if file and file.exists() else {}
        self.done: list[str] = kept.get("done", [])
        self.tally = Tally.of(kept.get("tally", {}))
        self.seconds = float(kept.get("seconds", 0.0))

    def note(self, piece: Piece, tally: Tally, seconds: float) -> None:
        """Add what became of a piece; one that broke is done again by the next run."""
        self.tally.add(tally)
        self.seconds += seconds
        if not tally.broken:
            self.done.append(piece.name)
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            kept = replace(self.tally, broken=[]).told()
            told = {"done": self.done, "tally": kept, "seconds": self.seconds}
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(told))
            fresh.replace(self._file)

    def verdicts(self, wanted: int, processes: int) -> list[Verdict]:
        """The three bars; how long it took is that of all the sittings together."""
        tally = self.tally
        if self._file and not tally.broken:
            self._file.unlink(missing_ok=True)
        seconds = round(self.seconds / processes)
        figures = {
            "sequences": tally.sequences,
            "steps": dict(tally.steps.most_common()),
            "crashes": sum(tally.crashes.values()),
            "crashes_by_verb": dict(_by_verb(tally.crashes)),
            "seconds": seconds,
            "a_second": round(tally.sequences * processes / max(self.seconds, 1.0), 1),
            "broken": tally.broken,
        }
        enough = tally.sequences >= wanted and not tally.broken
        every = all(tally.commands[f"{verb} {when}"] >= _FEWEST for verb, when in verbs.ALL)
        return [
            Verdict("sequences of at least twelve steps: the books are right", enough, figures),
            Verdict("killed at every command of every verb", every, dict(tally.commands)),
            Verdict("in 45 minutes", seconds <= _MOST_SECONDS, {"seconds": seconds}),
        ]


def _by_verb(crashes: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for where, times in crashes.items():
        found[where.partition(" ")[0]] += times
    return found


if __name__ == "__main__":
    main()
