"""Many hands at once."""

import threading
from concurrent.futures import ThreadPoolExecutor


def at_once(*jobs):
    """Run the jobs at the same moment in a thread each; their results or exceptions, in order."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        gate.wait(60)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(run, job) for job in jobs]
    return [each.exception() or each.result() for each in futures]
