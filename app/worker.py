"""The RQ worker, with the effects loaded before it forks so that each job starts warm."""

from rq import Worker as Forking

from . import jobs


class Worker(Forking):
    """Forks a process a job; the store is connected to inside the job, never before."""

    rings = jobs.QUEUE
