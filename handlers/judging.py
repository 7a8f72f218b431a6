"""The platform's verdict on a photograph, pushed up to half an hour after it was asked for."""

from datetime import timedelta
from typing import Any

from base.outbox import promise
from feedback import publishing

from .exchange import Context, Reply, Silence

_SOON = timedelta(seconds=3)
_DIGITS = 6


def media(context: Context) -> Reply:
    """Keep a verdict on the ticket it belongs to.

    One whose trace is not written down yet is kept in a moment: the event may overtake the answer
    to our own call.
    """
    fields, result = context.message, context.message.fields.get("result")
    found: dict[str, Any] = result if isinstance(result, dict) else {}
    trace, code = fields.text("trace_id"), fields.text("errcode") or "0"
    label = str(found.get("label", ""))
    told: dict[str, Any] = {
        "trace": trace,
        "suggest": str(found.get("suggest", "")) if code == "0" else "",
        "label": int(label) if label.isdecimal() and len(label) <= _DIGITS else 0,
        "why": "" if code == "0" else code[:12],
    }
    if trace and not publishing.judged(context.db, **told):
        return Silence(after=(promise("content.verdict", after=_SOON, **told),))
    return Silence()
