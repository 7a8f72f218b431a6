"""Messages while workers are killed inside their sends, in the small size."""

import json
import subprocess
import sys

from script import demo


def test_every_message_is_accounted_for():
    command = [sys.executable, "-m", "script.chaoses", "ledger", "--size", "small"]
    done = subprocess.run(command, cwd=demo.ROOT, capture_output=True, check=False)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert verdicts, done.stderr[-3000:]
    assert verdicts[0]["passed"], json.dumps(verdicts[0]["figures"])
