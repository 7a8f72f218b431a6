"""Asks npm's wechat-crypto, in one Node process for many questions."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PATIENCE_SECONDS = 60


def ask(questions: list[dict]) -> list[dict]:
    """Return the oracle's answer to each question, see wechat_crypto.js."""
    if not (HERE / "node_modules" / "wechat-crypto").exists():
        pytest.skip("the oracles are not installed: script/test installs them")
    told = subprocess.run(
        [shutil.which("node"), "--no-deprecation", "wechat_crypto.js"],
        input="".join(json.dumps(one) + "\n" for one in questions),
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return [json.loads(line) for line in told.stdout.splitlines()]
