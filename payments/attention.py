"""What of a bill waits for somebody: the marks under which the console finds it."""

from collections.abc import Mapping
from dataclasses import replace

from .moves import FOR_HUMANS, ON_THE_WAY
from .records import Bill, Reduction, Refund, Slip


def of(
    bill: Bill,
    *,
    refunds: Mapping[str, Refund] | None = None,
    reductions: Mapping[str, Reduction] | None = None,
    slips: Mapping[str, Slip] | None = None,
) -> list[str]:
    """The marks of a bill with these parts in the place of its own.

    The states of FOR_HUMANS and ON_THE_WAY for its refunds; "payout", one to be handed out by an
    officer; "owing", money that nobody owed and nobody is giving back; "reduction", one that was
    asked for; "unsigned" and "disputed", slips of the counter.
    """
    changed = replace(bill, refunds={**bill.refunds, **(refunds or {})})
    returning = changed.refunds.values()
    reduced = {**bill.reductions, **(reductions or {})}.values()
    papers = {**bill.slips, **(slips or {})}.values()
    states = {each.state for each in returning}
    marks = [state for state in (*FOR_HUMANS, *ON_THE_WAY) if state in states]
    if any(each.by_hand and each.state == "approved" for each in returning):
        marks.append("payout")
    if changed.owing:
        marks.append("owing")
    if any(each.state == "requested" for each in reduced):
        marks.append("reduction")
    seen = {each.state for each in papers}
    return [*marks, *(state for state in ("unsigned", "disputed") if state in seen)]
