"""A county's own answers in the chat, from the Python module it names in the settings."""

import importlib

from handlers import dialogue
from handlers.table import NONE, Row, Rows


def answers(module: str) -> Rows:
    """ROWS of a module: {words a resident says: Row}; no module, no rows.

    A row is answered by a worker unless it says `where="request"`.

    Raises ImportError, AttributeError or TypeError when the module is not what it should be.
    """
    if not module:
        return NONE
    rows = importlib.import_module(module).ROWS
    if not all(isinstance(row, Row) for row in rows.values()):
        raise TypeError(f"{module}.ROWS must be words to handlers.table.Row")
    return {dialogue.tidy(words): row for words, row in rows.items()}
