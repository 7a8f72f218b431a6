"""What processes cost: user and system time of a process and all it has started, from /proc."""

import os
from pathlib import Path

_TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found += family(int(child))
    return found


def microseconds(pid: int) -> float:
    """User and system time so far of a process and its living descendants."""
    return sum(_own(each) for each in family(pid))


def altogether(pid: int) -> float:
    """The same, with the descendants that have ended and were waited for."""
    return sum(sum(_times(each)) for each in family(pid))


def _own(pid: int) -> float:
    return sum(_times(pid)[:2])


def _times(pid: int) -> tuple[float, ...]:
    """User and system time of a process, then of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return (0.0,)
    return tuple(int(each) * _TICK_US for each in fields[11:15])
