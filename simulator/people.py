"""People of the simulated world, and how believable ones are invented."""

import random
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

WORDS = tomllib.loads((Path(__file__).parent / "people.toml").read_text())
CHANCE = random.SystemRandom()
OLDEST = date(1950, 1, 1)
YOUNGEST = date(2004, 12, 31)
GIVEN = (
    "name",
    "nickname",
    "id_number",
    "phone",
    "unionid",
    "following",
    "blocked",
    "blacklisted",
    "snapshot",
)

ChatLine = dict[str, Any]


@dataclass
class Person:
    """Somebody with a phone in the hand.

    `openids` by account kind ("oa", "mp"); `unionid` None when the accounts are not bound together;
    `blocked`: refuses the account's messages; `blacklisted`: the account refuses this person;
    `opened`: Unix time when the mini-program was last opened; `client_ids`: client_msg_id ->
    {"msgid", "until"} of template messages of the last ten minutes;
    `snapshot`: browses in WeChat's snapshot mode;
    `chat`: lines as `World.say` makes them; `unread`: lines from accounts since the chat was seen;
    `subscriptions`: template id -> {"credits": int, "long_term": bool}; `windows`: account kind ->
    what opened it ("message", "click", "follow", "scan", "enter") -> {"left": messages, "until":
    Unix time}, the windows in which customer-service messages are allowed.
    """

    id: str
    name: str
    nickname: str
    id_number: str
    phone: str
    unionid: str | None
    openids: dict[str, str]
    following: bool = False
    followed_at: int = 0
    blocked: bool = False
    blacklisted: bool = False
    opened: float = 0.0
    snapshot: bool = False
    unread: int = 0
    chat: list[ChatLine] = field(default_factory=list)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    windows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    client_ids: dict[str, dict[str, Any]] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """Return the person as the control API shows one, without chat and windows."""
        shown = {key: value for key, value in vars(self).items() if key not in HIDDEN}
        return shown | {"oa_openid": self.openids["oa"], "mp_openid": self.openids["mp"]}


HIDDEN = ("chat", "windows", "openids", "client_ids", "opened")


def invent(given: Mapping[str, Any]) -> Person:
    """Invent a person of the county; what `given` names (see GIVEN) is taken instead."""
    person = Person(
        id="p_" + secrets.token_hex(5),
        name=CHANCE.choice(WORDS["surnames"]) + CHANCE.choice(WORDS["given"]),
        nickname=CHANCE.choice(WORDS["nicknames"]) + str(CHANCE.randrange(10, 100)),
        id_number=id_number(),
        phone="1" + CHANCE.choice("3456789") + f"{CHANCE.randrange(10**9):09}",
        unionid=token(),
        openids={"oa": token(), "mp": token()},
    )
    for key in GIVEN:
        if key in given:
            setattr(person, key, given[key])
    return person


def token() -> str:
    """Return 28 characters of the look of an openid or unionid."""
    return "o" + secrets.token_urlsafe(20)[:27].ljust(27, "0")


def id_number() -> str:
    """Invent a citizen's identity number of the county with a true check digit (GB 11643)."""
    born = OLDEST + timedelta(days=CHANCE.randrange((YOUNGEST - OLDEST).days))
    body = f"{CHANCE.choice(WORDS['regions'])}{born:%Y%m%d}{CHANCE.randrange(1, 1000):03}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Return the eighteenth character for seventeen digits: ISO 7064 MOD 11-2."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]
