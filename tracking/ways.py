"""The ways a message may go, in the order of its kind, and why others are closed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from base import privacy
from people.residents import Reach

from . import templates
from .messages import Message

SUBSCRIBED: Final = ("mp", "biz")
"""Channels that need a consent, and whose reports tell openid and template but no id of ours."""


@dataclass(frozen=True)
class Way:
    """One way to push a message: `closed` says why it cannot be gone, else `to` whom it leads.

    `to` is an openid or a phone number; `address` its digest, for the platform's reports. `credit`
    is the consent it needs: "once", "lasting" or "none".
    """

    channel: str
    closed: str | None = None
    to: str = field(default="", repr=False)
    template: str = ""
    address: str = ""
    credit: str = "none"


def of(message: Message, reach: Reach, *, sms: bool) -> Iterator[Way]:
    """Every way of the message that was not tried in vain, best first.

    It goes by the templates it was written for; one that the table has lost or changed since would
    take its words for something else. `sms` says whether text messages can be sent at all.
    SUBSCRIBED ways still need a credit.
    """
    used = message.row.get("template") or templates.used(message.kind)
    for each in used["ways"]:
        channel, template = each["channel"], each["template"]
        if channel in message.row["passed"]:
            continue
        if not reach.wants(used["group"], channel):
            yield Way(channel, "muted")
        elif template is None:
            yield Way(channel, "no_template")
        elif not templates.fits(channel, template, message.data, message.parameters):
            yield Way(channel, "template_changed")
        elif channel == "sms":
            yield _phone(template, reach, sms)
        else:
            yield _account(template, channel, reach)


def _account(template: str, channel: str, reach: Reach) -> Way:
    openid = reach.openids.get(channel)
    if openid is None:
        return Way(channel, "no_account")
    found = address(channel, openid, template)
    return Way(channel, None, openid, template, found, _credit(channel, template))


def _credit(channel: str, template: str) -> str:
    """The consent that a way needs."""
    known = templates.by_id(template)
    if channel not in SUBSCRIBED or known is None:
        return "none"
    return "lasting" if known.long_term else "once"


def _phone(template: str, reach: Reach, sms: bool) -> Way:
    if not sms:
        return Way("sms", "not_set_up")
    number = reach.number()
    if number is None:
        return Way("sms", "no_phone")
    return Way("sms", None, number, template, address("sms", number))


def address(channel: str, to: str, template: str = "") -> str:
    """What a report that bears no id of ours is matched by: the platform tells openid and template.

    Reports on template messages tell no template.
    """
    told = f"{channel}:{to}:{template}" if channel in SUBSCRIBED else f"{channel}:{to}"
    return privacy.digest(told, "message.address")[:32]
