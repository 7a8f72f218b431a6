"""A keeper in the test's own hands: what is due is kept here and now, by nobody else."""

from app import jobs
from base import outbox


def once(runtime):
    """One round through every outbox; how many promises were tried."""
    tried = 0
    for name in jobs.COLLECTIONS:
        for held in outbox.take(runtime.db[name]):
            jobs.perform(runtime, held)
            tried += len(held.promises)
    return tried


def all_due(runtime):
    """Round after round until nothing is due."""
    while once(runtime):
        pass
