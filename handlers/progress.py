"""Where my cases stand, and what became of what I asked and complained about."""

import re

from base import numbers
from feedback import tickets
from feedback.tickets import Ticket
from tracking import cases, stories
from tracking.cases import Case

from .dialogue import say
from .exchange import Context, Links, Reply, Text

_SHOWN = 5
_NUMBER = re.compile(r"(?<!\d)\d{8}[-－ ]?\d{6}[-－ ]?\d(?!\d)", re.ASCII)


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


def voiced(context: Context) -> Reply:
    """What the resident has asked and complained about lately, and where each stands."""
    found = tickets.of(context.db, context.resident.id, _SHOWN)
    if not found:
        return Text(words=say("tickets.none"))
    lines = [_letter(each, context.links) for each in found]
    return Text(words="\n".join([say("tickets.head"), *lines]))


def number_in(words: str) -> str | None:
    """The number of a case or ticket that stands in a sentence, in plain digits; else None."""
    for found in _NUMBER.findall(words):
        try:
            return numbers.tidy(found)
        except numbers.BadNumber:
            continue
    return None


def scanned(context: Context) -> Reply:
    """Answer a receipt that was scanned from the menu with where its case stands."""
    info = context.message.fields.get("ScanCodeInfo")
    told = str(info.get("ScanResult", "")) if isinstance(info, dict) else ""
    number = number_in(told)
    return one(context, number) if number else Text(words=say("cases.not_scanned"))


def one(context: Context, number: str) -> Reply:
    """One case or ticket by its number; somebody else's is as unknown as none at all."""
    db, who, links = context.db, context.resident.id, context.links
    try:
        return Text(words=_status(cases.owned(db, number, who), links))
    except cases.NoSuchCase:
        pass
    try:
        return Text(words=_letter(tickets.owned(db, number, who), links))
    except tickets.NoSuchTicket:
        return Text(words=say("cases.unknown", number=numbers.spoken(number)))


def _status(case: Case, links: Links) -> str:
    return say(
        "cases.status",
        name=case.service_name,
        state=case.state_name,
        number=case.spoken,
        waiting=stories.waiting(case),
        link=links.case(case.number),
    )


def _letter(ticket: Ticket, links: Links) -> str:
    until = {"month": ticket.due_day.month, "day": ticket.due_day.day}
    return say(
        "tickets.one",
        kind=ticket.kind_name,
        state=ticket.state_name,
        number=ticket.spoken,
        due=say("tickets.due", **until) if ticket.state == "open" else "",
        link=links.ticket(ticket.number),
    )
