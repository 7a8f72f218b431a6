"""How a case moves: read, judged by the table, then one write guarded by what was read."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, NotRequired, TypedDict, Unpack

from base import clock, files, outbox, privacy, texts
from base.errors import Conflict
from base.store import Database

from . import charges, checks, deadlines, moves, records, store
from .checks import Defect
from .moves import RESIDENT, Move
from .records import Case
from .store import CaseRow

_PATIENCE: Final = 8
NOTE: Final = "case.note"
DEFECTS: Final = "case.defects"
ANSWERS: Final = "case.answers"


class WrongState(Conflict):
    """The case is in a state from which this move does not start."""

    code = "wrong_state"


class AlreadyAsked(Conflict):
    """A supplement has been asked for once, and once is all the law allows."""

    code = "already_asked"


class PaymentDue(Conflict):
    """The fee is due and not paid, so the case waits."""

    code = "payment_due"


class ChangedMeanwhile(Conflict):
    """Others changed the case at every try, or since the mover read it."""

    code = "case_changed_meanwhile"


class Facts(TypedDict):
    """What some moves carry: an operator's agency, the defects, a supplement's files and answers.

    With `agency` given, a case of another agency does not exist for the mover; with `version`, a
    case that has changed since the mover read it is left alone.
    """

    agency: NotRequired[str | None]
    version: NotRequired[int]
    defects: NotRequired[list[Defect]]
    files: NotRequired[Mapping[str, list[str]]]
    answers: NotRequired[dict[str, Any]]


def move(
    db: Database,
    number: str,
    move: str,
    *,
    by: str,
    note: str | None = None,
    **facts: Unpack[Facts],
) -> Case:
    """Move a case by one row of MOVES in one guarded write, and promise what the row promises.

    `by` is "operator:<name>", "resident:<id>" or "system"; whether an operator has the row's
    right is for the caller to ask. A resident's second tap on the same move returns the case.
    Raises NoSuchMove, NoSuchCase, WrongState, AlreadyAsked, PaymentDue, ReasonNeeded, NoteInvalid,
    DefectsInvalid, SupplementInvalid, SupplementNotOver, ChangedMeanwhile.
    """
    rule = moves.find(move)
    words = checks.note(note, rule.reasoned)
    for _ in range(_PATIENCE):
        row = _row(db, number, rule, by, facts.get("agency"))
        if rule.right == RESIDENT and _is_done(row, rule, facts):
            return records.case(row)
        if facts.get("version", row["version"]) != row["version"]:
            raise ChangedMeanwhile
        _judge(row, move, rule)
        change = _change(db, row, move, facts, words)
        if store.change(db, row, _update(row, move, by, words, change)):
            _attach(db, row, _given(facts))  # once more: a twin tap that lost may have let go
            return records.case(records.find(db, number))
        _let_go(db, number, facts)
    raise ChangedMeanwhile


def _row(db: Database, number: str, rule: Move, by: str, agency: str | None) -> CaseRow:
    """The case, if the mover may know of it; a resident's moves are her own."""
    row = records.find(db, number)
    stranger = rule.right == RESIDENT and by != f"resident:{row['resident']}"
    if stranger or (agency is not None and agency != row["agency"]):
        raise records.NoSuchCase
    return row


def _is_done(row: CaseRow, rule: Move, facts: Facts) -> bool:
    """Whether this very tap has been obeyed before: withdrawn, or these files supplied."""
    given = [id for ids in _given(facts).values() for id in ids]
    kept = {id for ids in row["materials"].values() for id in ids}
    answered = (row["supplement"] or {}).get("answered") is not None
    if rule.to == "withdrawn":
        return row["state"] == "withdrawn"
    return answered and bool(given) and kept.issuperset(given)


def _judge(row: CaseRow, move: str, rule: Move) -> None:
    """Raise what stands against this move."""
    if row["state"] not in rule.starts:
        raise WrongState(state=texts.say(f"tracking.states.{row['state']}"))
    if rule.settled and row["payment"]["state"] == "due":
        raise PaymentDue
    if move == "ask_supplement" and row["supplement"] is not None:
        raise AlreadyAsked
    due = row["deadline"]
    waiting = due is not None and clock.today().isoformat() <= due["due_day"]
    if move == "decline" and row["state"] == "supplementing" and waiting:
        raise deadlines.SupplementNotOver


def _update(
    row: CaseRow, move: str, by: str, words: str | None, change: dict[str, Any]
) -> dict[str, Any]:
    """The whole write: state, history line, clock, what became due, promises."""
    rule, moment = moves.MOVES[move], clock.now()
    due = deadlines.reckon(rule.deadline, moment, row["limit"]) if rule.deadline else None
    step: dict[str, Any] = {"at": moment, "move": move, "by": by}
    step |= {"from": row["state"], "to": rule.to}
    step |= {"note": privacy.seal(words, NOTE)} if words else {}
    step |= {"due": due.due_day} if due else {}
    fresh = {"state": rule.to, "deadline": asdict(due) if due else None} | change
    if rule.charges and rule.charges == row["payment"]["when"]:
        fresh["payment.state"] = "due"
    update = {"$set": fresh, "$push": {"history": step}}
    number, resident = row["_id"], row["resident"]
    promises = (outbox.promise(each, case=number, resident=resident) for each in rule.promises)
    return outbox.pledge(update, *promises)


def _change(
    db: Database, row: CaseRow, move: str, facts: Facts, words: str | None
) -> dict[str, Any]:
    """What a move sets beside state and clock."""
    if move == "ask_supplement":
        return {"supplement": _asked(row, facts)}
    if move == "supplement":
        return _supplied(db, row, facts, words)
    return {}


def _asked(row: CaseRow, facts: Facts) -> dict[str, Any]:
    """The one notice that lists every defect."""
    listed = checks.defects(row["material_names"], facts.get("defects", []))
    sealed = privacy.seal_json(listed, DEFECTS)
    return {"asked": clock.now(), "defects": sealed, "answered": None}


def _supplied(db: Database, row: CaseRow, facts: Facts, words: str | None) -> dict[str, Any]:
    """New files beside the old ones; form and fee anew where the form was corrected."""
    given = _given(facts)
    clean = checks.supplement(db, row, defects_of(row), given, facts.get("answers"), words)
    _attach(db, row, given)
    changed: dict[str, Any] = {"supplement.answered": clock.now()}
    for key, ids in given.items():
        changed[f"materials.{key}"] = [*row["materials"].get(key, []), *ids]
    if clean is None:
        return changed
    return changed | {"answers": privacy.seal_json(clean, ANSWERS)} | charges.anew(db, row, clean)


def _given(facts: Facts) -> dict[str, list[str]]:
    return {key: list(ids) for key, ids in facts.get("files", {}).items() if ids}


def _attach(db: Database, row: CaseRow, given: Mapping[str, list[str]]) -> None:
    ids = [id for of_one in given.values() for id in of_one]
    files.attach(db, ids, f"case:{row['submission']}", owner=row["resident"])


def _let_go(db: Database, number: str, facts: Facts) -> None:
    """Free the files of a write that lost, unless the write that won is the same tap's."""
    row = records.find(db, number)
    kept = {id for ids in row["materials"].values() for id in ids}
    ids = [id for of_one in _given(facts).values() for id in of_one if id not in kept]
    files.detach(db, ids, f"case:{row['submission']}")


def defects_of(row: CaseRow) -> list[Defect]:
    """The opened list of what a resident was asked to mend; empty when she was not."""
    sealed = (row["supplement"] or {}).get("defects")
    found: list[Defect] = privacy.open_json(sealed, DEFECTS) if sealed else []
    return found
