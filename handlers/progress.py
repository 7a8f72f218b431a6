"""Where my cases stand."""

from base import numbers
from tracking import cases, stories
from tracking.cases import Case

from .dialogue import say
from .exchange import Context, Links, Reply, Text

_SHOWN = 5


def mine(context: Context) -> Reply:
    """The resident's latest cases; a single one is told like one asked for by its number."""
    found = cases.of(context.db, context.resident.id, _SHOWN)
    if not found:
        return Text(words=say("cases.none"))
    if len(found) == 1:
        return Text(words=_status(found[0], context.links))
    lines = [
        say(
            "cases.one",
            name=each.service_name,
            state=each.state_name,
            number=each.spoken,
            link=context.links.case(each.number),
        )
        for each in found
    ]
    more = say("cases.more", link=context.links.cases())
    return Text(words="\n".join([say("cases.head"), *lines]) + more)


def one(context: Context, number: str) -> Reply:
    """One case by its number; somebody else's is as unknown as none at all."""
    try:
        case = cases.owned(context.db, number, context.resident.id)
    except cases.NoSuchCase:
        return Text(words=say("cases.unknown", number=numbers.spoken(number)))
    return Text(words=_status(case, context.links))


def _status(case: Case, links: Links) -> str:
    return say(
        "cases.status",
        name=case.service_name,
        state=case.state_name,
        number=case.spoken,
        waiting=stories.waiting(case),
        link=links.case(case.number),
    )
