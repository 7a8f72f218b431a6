"""Operators: sign-in with lock-out, roles, and the agency they work for; no sessions here."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from base import audit, clock, privacy
from base.errors import Conflict, Forbidden, Invalid, Missing, TooMany, Unauthenticated
from base.store import Database, add

from . import store
from .roles import RIGHTS, ROLES
from .store import OperatorRow

FAILURES_ALLOWED: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200
_NAME: Final = "operator.name"
_USERNAME: Final = re.compile(r"[a-z][a-z0-9_.-]{1,31}")
_HASHER: Final = PasswordHasher()


class WrongPassword(Unauthenticated):
    """The username or the password is wrong; which of the two is not said."""

    code = "wrong_password"


class LockedOut(TooMany):
    """Too many failed sign-ins for this username; wait."""

    code = "locked_out"


class NotAllowed(Forbidden):
    """The operator's roles do not carry this right, or it is another agency's matter."""

    code = "not_allowed"


class NoSuchOperator(Missing):
    """No operator has this username, or no longer works here."""

    code = "no_such_operator"


class OperatorExists(Conflict):
    """The username is taken."""

    code = "operator_exists"


class BadOperator(Invalid):
    """The username, the password or a role is not acceptable."""

    code = "bad_operator"


@dataclass(frozen=True)
class Operator:
    """Who works in the console; `agency` None means every agency of the county."""

    username: str
    name: str
    roles: tuple[str, ...]
    agency: str | None = None
    region: str | None = None

    @property
    def actor(self) -> str:
        """How history and audit name this operator."""
        return f"operator:{self.username}"


def sign_in(db: Database, username: str, password: str) -> Operator:
    """The operator of this username and password; raises WrongPassword, LockedOut.

    Five failures lock a username for 15 minutes, whether it exists or not; an attempt is counted
    before the password is looked at, so that parallel guesses gain nothing; an unknown username
    costs the same time as a wrong password.
    """
    name = username.strip().lower()[:64]
    attempts = privacy.digest(name, "operator.sign_in")
    _count(db, attempts)
    row = store.operators(db).find_one({"_id": name, "active": True})
    if not _matches(row["secret"] if row else _nobody(), password) or row is None:
        _note_lock_out(db, attempts, row)
        raise WrongPassword
    store.sign_ins(db).delete_one({"_id": attempts})
    if _HASHER.check_needs_rehash(row["secret"]):
        change = {"$set": {"secret": _HASHER.hash(password)}}
        store.operators(db).update_one({"_id": name, "secret": row["secret"]}, change)
    operator = _operator(row)
    audit.record(db, operator.actor, "operator.sign_in", operator.actor)
    return operator


def _count(db: Database, attempts: str) -> None:
    """Count an attempt, or raise LockedOut; failures are forgotten 15 minutes after the last."""
    moment = clock.now()
    tries = store.sign_ins(db)
    if add(tries, {"_id": attempts, "failures": 1, "until": moment + LOCKED_FOR}):
        return
    tries.update_one({"_id": attempts, "until": {"$lte": moment}}, {"$set": {"failures": 0}})
    one_more = {"$inc": {"failures": 1}, "$set": {"until": moment + LOCKED_FOR}}
    room = {"_id": attempts, "failures": {"$lt": FAILURES_ALLOWED}}
    if not tries.update_one(room, one_more).modified_count:
        raise LockedOut(minutes=int(LOCKED_FOR.total_seconds()) // 60)


def _note_lock_out(db: Database, attempts: str, row: OperatorRow | None) -> None:
    """Record the failure that locks an operator out."""
    spent = {"_id": attempts, "failures": FAILURES_ALLOWED}
    if row and store.sign_ins(db).find_one(spent, {"_id": 1}):
        audit.record(db, "system", "operator.locked_out", f"operator:{row['_id']}")


def _matches(secret: str, password: str) -> bool:
    try:
        return _HASHER.verify(secret, password[:LONGEST_PASSWORD])
    except VerifyMismatchError:
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash no password is known for, so that unknown usernames take as long as known ones."""
    return _HASHER.hash(privacy.digest("nobody", "operator.password"))


def create(db: Database, operator: Operator, password: str) -> Operator:
    """Add an operator; raises BadOperator, OperatorExists."""
    _check(operator.username, password, operator.roles)
    row: OperatorRow = {
        "_id": operator.username,
        "name": privacy.seal(operator.name, _NAME),
        "secret": _HASHER.hash(password),
        "roles": list(operator.roles),
        "agency": operator.agency,
        "region": operator.region,
        "active": True,
        "version": 1,
        "created": clock.now(),
    }
    if not add(store.operators(db), row):
        raise OperatorExists
    return _operator(row)


def _check(username: str, password: str, roles: tuple[str, ...]) -> None:
    sound = _USERNAME.fullmatch(username) and roles and set(roles) <= ROLES.keys()
    if not sound or not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadOperator


def get(db: Database, username: str) -> Operator:
    """An operator who works here; raises NoSuchOperator. Ask at every request of a session."""
    row = store.operators(db).find_one({"_id": username, "active": True})
    if row is None:
        raise NoSuchOperator
    return _operator(row)


def everyone(db: Database) -> list[Operator]:
    """Who works here, by username; a county has a few hundred at most."""
    rows = store.operators(db).find({"active": True}).sort("_id", 1).limit(500)
    return [_operator(row) for row in rows]


def retire(db: Database, username: str, by: str) -> None:
    """End an operator's access from the next request on; raises NoSuchOperator."""
    gone = {"$set": {"active": False}, "$inc": {"version": 1}}
    if not store.operators(db).update_one({"_id": username, "active": True}, gone).modified_count:
        raise NoSuchOperator
    audit.record(db, by, "operator.retire", f"operator:{username}")


def change_password(db: Database, username: str, old: str, new: str) -> None:
    """Change one's own password; raises WrongPassword, LockedOut, BadOperator."""
    operator = sign_in(db, username, old)
    _check(operator.username, new, operator.roles)
    change = {"$set": {"secret": _HASHER.hash(new)}, "$inc": {"version": 1}}
    store.operators(db).update_one({"_id": operator.username, "active": True}, change)
    audit.record(db, operator.actor, "operator.change_password", operator.actor)


def may(operator: Operator, right: str) -> bool:
    """Whether a role of the operator carries the right; an unknown right is a bug (KeyError)."""
    if right not in RIGHTS:
        raise KeyError(right)
    return any(right in ROLES[role] for role in operator.roles)


def covers(operator: Operator, agency: str | None) -> bool:
    """Whether a matter of this agency is the operator's to see."""
    return operator.agency is None or operator.agency == agency


def require(operator: Operator, right: str, agency: str | None = None) -> None:
    """Raise NotAllowed unless the operator has the right and, if one is named, the agency."""
    if not may(operator, right) or (agency is not None and not covers(operator, agency)):
        raise NotAllowed


def _operator(row: OperatorRow) -> Operator:
    name = privacy.open(row["name"], _NAME)
    return Operator(row["_id"], name, tuple(row["roles"]), row["agency"], row["region"])
