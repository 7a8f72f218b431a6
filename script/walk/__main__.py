"""Walk the whole story against a running script/server: python -m script.walk [--json]."""

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

from . import (
    applying,
    arriving,
    deciding,
    guarding,
    handling,
    joining,
    paying,
    program,
    voicing,
)
from .papers import Papers
from .story import Result, Story, Where, walk

CHAPTERS = (arriving, joining, applying, handling, paying, deciding, program, voicing, guarding)
STEPS = tuple(step for chapter in CHAPTERS for step in chapter.STEPS)


def main() -> int:
    """Walk, say how every step went; the exit status tells whether all of them passed."""
    given = arguments()
    story = Story(where(given), Papers(given.marker))
    results = walk(story, STEPS, (lambda _: None) if given.json else _say)
    passed = sum(each.passed for each in results)
    if given.json:
        steps = [each.shown() for each in results]
        print(json.dumps({"steps": steps, "passed": passed, "total": len(results)}))
    else:
        print(f"journey: {len(results)} steps, {passed} passed", flush=True)
    return 0 if passed == len(results) else 1


def _say(step: Result) -> None:
    mark = "ok  " if step.passed else "FAIL"
    reason = f"\n     {step.error}" if step.error else ""
    print(f"{mark} {step.ms:>6} ms  {step.name}{reason}", flush=True)


def arguments() -> argparse.Namespace:
    """What was asked for: --json, --web, --simulator, --password, --marker."""
    web = int(os.environ.get("PORT", "8000"))
    simulator = int(os.environ.get("SIMULATOR_PORT", web + 100))
    parser = argparse.ArgumentParser(prog="script/journey", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--web", default=f"http://127.0.0.1:{web}", help="the platform")
    parser.add_argument("--simulator", default=f"http://127.0.0.1:{simulator}")
    parser.add_argument("--password", help="the operators'; else from STATE_DIR/demo/secrets.json")
    parser.add_argument("--marker", default=f"MARK{secrets.token_hex(8)}", help="put into papers")
    return parser.parse_args()


def where(given: argparse.Namespace) -> Where:
    """The addresses of what is walked through."""
    played = int(given.simulator.rsplit(":", 1)[1])
    return Where(given.web, given.simulator, played + 1, given.password or _password())


def _password() -> str:
    kept = Path(os.environ.get("STATE_DIR", Path(__file__).parents[2] / "var"))
    path = kept / "demo" / "secrets.json"
    if not path.exists():
        sys.exit(f"{path} is not there: start script/server first, or give --password")
    return str(json.loads(path.read_text("utf-8"))["operator_password"])


if __name__ == "__main__":
    sys.exit(main())
