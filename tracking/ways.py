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

    `to` is an openid or a phone number; `address` its digest, for the platform's reports.
    """

    channel: str
    closed: str | None = None
    to: str = field(default="", repr=False)
    template: str = ""
    address: str = ""


def of(message: Message, reach: Reach, *, sms: bool) -> Iterator[Way]:
    """Every way of the message's kind that was not tried in vain, best first.

    `sms` says whether text messages can be sent at all. SUBSCRIBED ways still need a credit.
    """
    kind = templates.kinds()[message.kind]
    for channel in kind.channels:
        if channel in message.row["passed"]:
            continue
        if not reach.wants(kind.group, channel):
            yield Way(channel, "muted")
        elif channel == "sms":
            yield _phone(kind, reach, sms)
        else:
            yield _account(kind, channel, reach)


def _account(kind: templates.Kind, channel: str, reach: Reach) -> Way:
    template, openid = kind.template.ids[channel], reach.openids.get(channel)
    if template is None:
        return Way(channel, "no_template")
    if openid is None:
        return Way(channel, "no_account")
    return Way(channel, None, openid, template, address(channel, openid, template))


def _phone(kind: templates.Kind, reach: Reach, sms: bool) -> Way:
    if kind.sms is None:
        return Way("sms", "no_template")
    if not sms:
        return Way("sms", "not_set_up")
    number = reach.number()
    if number is None:
        return Way("sms", "no_phone")
    return Way("sms", None, number, kind.sms.id, address("sms", number))


def address(channel: str, to: str, template: str = "") -> str:
    """What a report that bears no id of ours is matched by: the platform tells openid and template.

    Reports on template messages tell no template.
    """
    told = f"{channel}:{to}:{template}" if channel in SUBSCRIBED else f"{channel}:{to}"
    return privacy.digest(told, "message.address")[:32]
