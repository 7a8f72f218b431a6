"""Where my cases stand."""

from datetime import date

from base import numbers
from tracking import cases
from tracking.cases import Case

from .dialogue import say
from .exchange import Context, Links, Reply, Text

_SHOWN = 5


def mine(context: Context) -> Reply:
    """The resident's latest cases, each with its state and the day it is due."""
    found = cases.of(context.db, context.resident.id, _SHOWN)
    if not found:
        return Text(words=say("cases.none"))
    lines = [_words("cases.one", each, context.links) for each in found]
    more = say("cases.more", link=context.links.cases())
    return Text(words="\n".join([say("cases.head"), *lines]) + more)


def one(context: Context, number: str) -> Reply:
    """One case by its number; somebody else's is as unknown as none at all."""
    try:
        case = cases.owned(context.db, number, context.resident.id)
    except cases.NoSuchCase:
        return Text(words=say("cases.unknown", number=numbers.spoken(number)))
    return Text(words=_words("cases.status", case, context.links))


def _words(key: str, case: Case, links: Links) -> str:
    return say(
        key,
        name=case.service_name,
        state=case.state_name,
        number=case.spoken,
        due=_due(case),
        link=links.case(case.number),
    )


def _due(case: Case) -> str:
    if case.finished or case.deadline is None or case.deadline.due_day is None:
        return ""
    day = date.fromisoformat(case.deadline.due_day)
    return say("cases.due", month=day.month, day=day.day)
