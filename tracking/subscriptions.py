"""How many messages an openid still allows by a template: one credit per accepted popup.

A consent may be reported twice, by the mini-program and by the platform's popup event, and either
may be lost; of one given in the web view only the event tells. `lead` is client reports less popup
events, `led` when one side last went ahead; a report that catches up with the other within WINDOW
adds no credit, so credits granted are the larger of the two counts, never their sum. What is not
caught up by then is not waited for: its other report was lost.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from base import clock, privacy
from base.store import Database, add

from . import store, templates
from .store import CreditRow

_PATIENCE: Final = 16
_REMEMBERED: Final = 50
_NEVER: Final = datetime.fromtimestamp(0, UTC)
WINDOW: Final = timedelta(minutes=5)
"""How far apart two reports of one consent may be: the platform pushes its event thrice within 15
seconds, a telephone with a bad connection reports within its time-outs; the rest is for clocks."""

Source = Literal["client", "popup"]


def credit(
    db: Database, openid: str, template: str, *, source: Source, report: str, told: int = 0
) -> None:
    """Count one accepted popup, once per report and once per consent.

    `report` identifies the report within its source: the popup's own id, or the event's, which was
    `told` at a moment of the platform's clock: before the last refusal it is worth nothing. A
    template that is none of ours is not counted.
    """
    step = 1 if source == "client" else -1

    def counted(row: CreditRow) -> dict[str, Any]:
        moment = datetime.fromtimestamp(told, UTC) if told else clock.now()
        led = row.get("led", _NEVER)
        lead = row["lead"] if abs(moment - led) <= WINDOW else 0
        caught_up, taken_back = lead * step < 0, 0 < told < row.get("refused", 0)
        more = 0 if caught_up or taken_back else 1
        now = {"lead": lead + step, "led": led if caught_up else moment}
        late = moment < led - WINDOW  # what leads now is of another consent
        return {"$set": {} if late else now, "$inc": {"credits": more}, "$max": {"told": told}}

    _note(db, openid, template, f"{source}:{report}", counted)


def refuse(db: Database, openid: str, template: str, *, report: str, told: int) -> None:
    """Forget all credits: consent was refused or withdrawn, as was `told`; once per report.

    Nothing is forgotten when the platform has told of a later choice since; a message under way
    keeps the credit it took.
    """

    def emptied(row: CreditRow) -> dict[str, Any]:
        late = told < row.get("told", 0)
        return {} if late else {"$set": {"credits": 0, "lead": 0, "told": told, "refused": told}}

    _note(db, openid, template, f"refusal:{report}", emptied)


def _note(
    db: Database, openid: str, template: str, key: str, step: Callable[[CreditRow], dict[str, Any]]
) -> None:
    """Change the row of a template of ours as `step` says of it, once per `key` of a report."""
    if templates.by_id(template) is None:
        return
    id = _id(openid, template)
    fresh = {"credits": 0, "lead": 0, "reports": [], "held": [], "changed": clock.now()}
    add(store.allowances(db), {"_id": id, "account": _account(openid)} | fresh)
    for _ in range(_PATIENCE):
        row = store.allowances(db).find_one({"_id": id})
        if row is None or key in row["reports"]:
            return
        guard: dict[str, Any] = {"_id": id, "lead": row["lead"], "reports": {"$ne": key}}
        guard |= {name: row.get(name) for name in ("led", "told", "refused")}
        update = step(row)
        update["$push"] = {"reports": {"$each": [key], "$slice": -_REMEMBERED}}
        update["$set"] = update.get("$set", {}) | {"changed": clock.now()}
        if store.allowances(db).update_one(guard, update).modified_count:
            return


def spend(db: Database, openid: str, template: str, message: str) -> bool:
    """Take one credit for a message before it is sent; False when there is none.

    Asked again for the same message, the credit taken before is still its own. A long-term
    consent is not used up.
    """
    id, known = _id(openid, template), templates.by_id(template)
    if known is not None and known.long_term:
        return _has(db, id, {"credits": {"$gte": 1}})
    taken = store.allowances(db).update_one(
        {"_id": id, "credits": {"$gte": 1}, "held": {"$ne": message}},
        {
            "$inc": {"credits": -1},
            "$push": {"held": {"$each": [message], "$slice": -_REMEMBERED}},
        },
    )
    return bool(taken.modified_count) or _has(db, id, {"held": message})


def restore(db: Database, openid: str, template: str, message: str) -> None:
    """Give back the credit of a message that was certainly not sent; repeating is harmless."""
    store.allowances(db).update_one(
        {"_id": _id(openid, template), "held": message},
        {"$inc": {"credits": 1}, "$pull": {"held": message}},
    )


def empty(db: Database, openid: str, template: str) -> None:
    """Forget all credits, for the platform knows of none (43101)."""
    store.allowances(db).update_one(
        {"_id": _id(openid, template)},
        {"$set": {"credits": 0, "lead": 0, "held": [], "changed": clock.now()}},
    )


def left(db: Database, openid: str, template: str) -> int:
    """How many messages the account still allows; for a long-term template, whether at all."""
    row = store.allowances(db).find_one({"_id": _id(openid, template)})
    return row["credits"] if row else 0


def forget(db: Database, openid: str) -> None:
    """Drop everything kept for an account that has left; repeating is harmless."""
    store.allowances(db).delete_many({"account": _account(openid)})


def _has(db: Database, id: str, what: dict[str, object]) -> bool:
    return store.allowances(db).find_one({"_id": id} | what) is not None


def _account(openid: str) -> str:
    return privacy.digest(openid, "credits.account")[:32]


def _id(openid: str, template: str) -> str:
    return f"{_account(openid)}:{template}"
