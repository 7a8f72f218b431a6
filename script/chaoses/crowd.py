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

KINDS: Final = ("nobody", "follower", "program", "stale", "blocked", "phone", "everything")
MOVES: Final = ("submit", "accept", "approve", "close")
TOLD: Final = ("case_submitted", "case_accepted", "case_approved", "case_closed")
_SERVICE: Final = "driving_license_renewal"
_CLERK: Final = "operator:chuangkou"
_PHONES: Final = ("phone", "everything", "blocked")
_PROGRAMS: Final = ("program", "stale", "everything")


@dataclass(frozen=True)
class Somebody:
    """A person of the simulator, whom we know as a resident; `kind` is one of KINDS.

    nobody: no way to write to her. follower: the official account. program: the mini-program, with
    a lasting consent and `once` one-time ones. stale: the same, but the platform has forgotten.
    blocked: follows, and blocks what is sent. phone: a number only. everything: all of it.
    """

    id: str
    kind: str
    resident: Resident
    openid: str
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
    once = _consents(town, kind, person, n) if kind in _PROGRAMS else 0
    known_as = replace(resident, level=2, name_masked="**")
    return Somebody(person["id"], kind, known_as, person["mp_openid"], once)


def _consents(town: Town, kind: str, person: dict[str, Any], n: int) -> int:
    """Accept the popup for what lasts once, and for the one-time template some times."""
    table = templates.templates()
    lasting, once = table["progress"].ids["mp"], table["rating"].ids["mp"]
    assert lasting is not None
    assert once is not None
    if kind == "stale":
        for template in (lasting, once):
            given = {"source": "client", "report": secrets.token_hex(8)}
            subscriptions.credit(town.db, person["mp_openid"], template, **given)  # type: ignore[arg-type]
        return 0
    where = f"/people/{person['id']}/subscribe"
    town.control(where, {"template_ids": [lasting]})
    for _ in range(n % 3):
        town.control(where, {"template_ids": [once]})
    return n % 3


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
