"""A county whose one answer takes very long, as CHAT_ANSWERS names it."""

import os
import time

from handlers.exchange import Context, Reply, Text
from handlers.table import Row

WORD = "slumber"
_SECONDS = float(os.environ.get("CHAOS_SLEEP_SECONDS", "30"))


def _sleep(context: Context) -> Reply:
    """Sleep, then say for which message."""
    time.sleep(_SECONDS)
    return Text(words=f"slept {context.message.text('MsgId')}")


ROWS = {WORD: Row(_sleep, "worker")}
