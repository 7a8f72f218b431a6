"""People with every kind of consent, known to the simulator and to us, and their applications."""

import secrets
from dataclasses import dataclass, replace
from typing import Any, Final

from base.errors import Conflict
from catalogue import fees, services
from catalogue.shapes import Form, Service
from people import residents
from people.residents import Account, Resident
from tracking import cases, subscriptions, templates

from .harness import Town

KINDS: Final = (
    "follower", "program", "visitor", "stale", "blocked", "phone", "everything", "nobody",
)  # fmt: skip
MOVES: Final = ("submit", "accept", "approve", "close")
TOLD: Final = ("case_submitted", "case_accepted", "case_approved", "case_closed")
_SERVICE: Final = "driving_license_renewal"
_CLERK: Final = "operator:chuangkou"
_PHONES: Final = ("phone", "everything", "blocked")
_PROGRAMS: Final = ("program", "stale", "everything")
_VISITORS: Final = ("visitor", "stale", "everything")


@dataclass(frozen=True)
class Somebody:
    """A person of the simulator, whom we know as a resident; `kind` is one of KINDS.

    follower: the official account. program: the mini-program. visitor: does not follow, and has
    allowed notices on our pages. stale: program and visitor, but the platform has forgotten that.
    blocked: follows, and blocks what is sent. phone: a number only. everything: all of it. nobody:
    no way to write to her. `lasting` are the channels that she has consented to for good, and
    `once` is how many one-time consents the mini-program has of her.
    """

    id: str
    kind: str
    resident: Resident
    lasting: tuple[str, ...]
    once: int


def gather(town: Town, many: int) -> list[Somebody]:
    """People of every kind in turn."""
    return [_somebody(town, KINDS[n % len(KINDS)], n) for n in range(many)]


def _somebody(town: Town, kind: str, n: int) -> Somebody:
    follows = kind in ("follower", "blocked", "everything")
    phone = f"139{n:08}"
    person = town.control("/people", {"following": follows, "phone": phone})
    if kind == "blocked":
        town.control(f"/people/{person['id']}", {"blocked": True}, "PATCH")
    oa, mp = (town.environment[f"WECHAT_{each}_APPID"] for each in ("OA", "MP"))
    account = Account("oa", oa, person["oa_openid"], person["unionid"])
    resident = residents.arrive(town.db, account)
    if follows:
        residents.follow(town.db, "oa", account.openid)
    if kind in _PROGRAMS:
        program = Account("mp", mp, person["mp_openid"], person["unionid"])
        resident = residents.arrive(town.db, program)
    if kind in _PHONES:
        residents.set_phone(town.db, resident.id, phone)
    consenting = (("mp", _PROGRAMS), ("biz", _VISITORS))
    lasting = tuple(channel for channel, kinds in consenting if kind in kinds)
    once = (1 if kind == "stale" else n % 3) if "mp" in lasting else 0
    known_as = replace(resident, level=2, name_masked="**")
    who = Somebody(person["id"], kind, known_as, lasting, once)
    _consent(town, person, who)
    return who


def _consent(town: Town, person: dict[str, Any], who: Somebody) -> None:
    """Accept the popup for what lasts by each of her channels, and for the one-time template.

    The platform tells us of each, of one in the web view as well; of who is stale only we know.
    """
    table = templates.templates()
    asked = [(channel, "progress") for channel in who.lasting] + [("mp", "rating")] * who.once
    for channel, name in asked:
        template = str(table[name].ids[channel])
        if who.kind == "stale":
            openid = person["mp_openid" if channel == "mp" else "oa_openid"]
            report = secrets.token_hex(8)
            subscriptions.credit(town.db, openid, template, source="popup", report=report)
        else:
            town.control(f"/people/{who.id}/subscribe", {"template_ids": [template]})


def service(town: Town) -> Service:
    """A service that charges nothing and asks for nothing, so that only its moves matter."""
    asks = Form(sections=[], offers={}, fields=[])
    return replace(services.get(town.db, _SERVICE), pay_when=None, materials=[], form=asks)


def submit(town: Town, found: Service, who: Somebody) -> str:
    """Apply; the number of the case."""
    return cases.submit(
        town.db,
        resident=who.resident,
        service=found,
        answers={},
        files={},
        quote=fees.quote(found, {}),
        key=secrets.token_hex(8),
    ).number


def move(town: Town, number: str, name: str) -> None:
    """Make one move, unless it has been made already by a try whose answer was lost."""
    try:
        cases.move(town.db, number, name, by=_CLERK)
    except Conflict:
        if name not in [step.move for step in cases.get(town.db, number).history]:
            raise
