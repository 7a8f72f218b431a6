"""The send API refuses for an hour while messages fall due; then all go, in order, in pace."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from base import alarms
from people import residents
from people.residents import Account, Resident
from tracking import messages

from . import told
from .harness import Town, Verdict, town, wait_for

_SIZES: Final = {"small": (10, 80.0, 0.3), "full": (500, 0.0, 2.0)}
"""People; seconds by which the clock is put forward once it is over; seconds of rest in between."""

_SEND: Final = "/cgi-bin/message/template/send"
_HOUR_SECONDS: Final = 3600.0
_HEARD_SECONDS: Final = 30.0
_BAR_SECONDS: Final = 600.0
_MOST_PER_SECOND: Final = 100


@dataclass(frozen=True)
class Person:
    """A follower: of the simulator, and of ours; with the number of her one case."""

    id: str
    resident: Resident
    number: str


def run(size: str) -> list[Verdict]:
    """Bar 4: four messages for each person fall due while nothing can be sent."""
    with town(web=1, workers=2, QUIET_HOURS="off") as here:
        return bars(here, *_SIZES[size])


def bars(here: Town, many: int, jump: float, rest: float) -> list[Verdict]:
    """The bars of this row, in a town that runs already."""
    here.control("/wechat/switches", {"template_busy_per_second": _MOST_PER_SECOND}, "PATCH")
    people = [_person(here, n) for n in range(many)]
    here.control("/faults", {"endpoint": _SEND, "kind": "errcode", "errcode": -1, "times": -1})
    here.control("/wechat/tally", method="DELETE")
    _hour(here, people, rest)
    asked = _tally(here)["total"]
    heard = _heard(here)
    here.control("/faults", method="DELETE")
    here.control("/wechat/tally", method="DELETE")
    began = time.monotonic() - jump
    here.advance(jump)
    chats: dict[str, list[str]] = {}
    came = wait_for(lambda: _all_came(here, people, chats), _BAR_SECONDS)
    took = time.monotonic() - began
    time.sleep(rest)
    return [
        _during(many, asked, heard),
        _after(here, people, took if came else _BAR_SECONDS),
        _paced(_tally(here)),
    ]


def _hour(here: Town, people: list[Person], rest: float) -> None:
    """A quarter of the messages falls due every quarter of an hour; operators hear of it."""
    for state in told.STATES:
        for person in people:
            _tell(here, person, state)
        wait_for(lambda: _heard(here), _HEARD_SECONDS)
        time.sleep(rest)
        here.advance(_HOUR_SECONDS / len(told.STATES))
        time.sleep(rest)


def _heard(here: Town) -> bool:
    return "wechat_outage" in [each["kind"] for each in alarms.standing(here.db)]


def _person(here: Town, n: int) -> Person:
    known = here.control("/people", {"following": True})
    appid = here.environment["WECHAT_OA_APPID"]
    account = Account("oa", appid, known["oa_openid"], known["unionid"])
    resident = residents.arrive(here.db, account)
    residents.follow(here.db, "oa", account.openid)
    return Person(known["id"], resident, f"20260101{n:06}1")


def _tell(here: Town, person: Person, state: str) -> None:
    key = f"{person.number}:case_submitted:{told.STATES.index(state)}"
    said = told.values(person.number, state)
    messages.tell(here.db, key=key, kind="case_submitted", resident=person.resident.id, values=said)


def _all_came(here: Town, people: list[Person], chats: dict[str, list[str]]) -> bool:
    """Whether everybody has everything; looks only at those who had not."""
    for person in people:
        if len(chats.get(person.id, ())) < len(told.STATES):
            chats[person.id] = _read(here, person)
            if len(chats[person.id]) < len(told.STATES):
                return False
    return True


def _read(here: Town, person: Person) -> list[str]:
    """The states a person was told, in the order she was told them."""
    lines: list[dict[str, Any]] = here.control(f"/people/{person.id}/chat")["lines"]
    cards = [line for line in lines if line["kind"] == "template"]
    return [
        field["value"] for card in cards for field in card["fields"] if field["key"] == "phrase3"
    ]


def _during(many: int, asked: int, heard: bool) -> Verdict:
    """While nothing can be sent few try, and the operators know."""
    waiting = many * len(told.STATES)
    figures = {"messages": waiting, "calls_during_the_hour": asked, "alarm": heard}
    return Verdict("outage of an hour: few try", heard and asked <= 5 * 60, figures)


def _after(here: Town, people: list[Person], took: float) -> Verdict:
    chats = [_read(here, person) for person in people]
    counts = Counter(len(read) for read in chats)
    disordered = sum(read != sorted(read, key=told.STATES.index) for read in chats)
    doubled = sum(len(read) - len(set(read)) for read in chats)
    lost = sum(len(told.STATES) - len(set(read)) for read in chats)
    passed = took < _BAR_SECONDS and not (disordered or doubled or lost)
    figures = {
        "people": len(people),
        "delivered": sum(len(set(read)) for read in chats),
        "seconds_after_the_end": round(took, 1),
        "lost": lost,
        "twice": doubled,
        "cases_out_of_order": disordered,
        "messages_by_person": dict(counts),
    }
    return Verdict("outage is over: all within ten minutes, in order", passed, figures)


def _paced(tally: dict[str, int]) -> Verdict:
    figures = {"calls": tally["total"], "most_in_a_second": tally["most"]}
    return Verdict("outage is over: in pace", tally["most"] <= _MOST_PER_SECOND, figures)


def _tally(here: Town) -> dict[str, int]:
    found: dict[str, int] = here.control("/wechat/tally").get(_SEND, {"total": 0, "most": 0})
    return found
