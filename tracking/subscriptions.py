"""How many messages a mini-program account still allows: one credit per accepted popup.

A consent may be reported twice, by the client and by the platform's popup event, and either may be
lost. `lead` is client reports less popup events; a report that catches up with the other side adds
no credit, so credits granted are the larger of the two counts, never their sum.
"""

from typing import Final, Literal

from base import clock, privacy
from base.store import Database, add

from . import store, templates

_PATIENCE: Final = 16
_REMEMBERED: Final = 50
Source = Literal["client", "popup"]


def credit(db: Database, openid: str, template: str, *, source: Source, report: str) -> None:
    """Count one accepted popup, once per report and once per consent.

    `report` identifies the report within its source: the popup's own id, or the event's. A
    template that is none of ours is not counted.
    """
    if templates.by_id(template) is None:
        return
    id, key, step = _id(openid, template), f"{source}:{report}", 1 if source == "client" else -1
    fresh = {"credits": 0, "lead": 0, "reports": [], "held": [], "changed": clock.now()}
    add(store.allowances(db), {"_id": id, "account": _account(openid)} | fresh)
    for _ in range(_PATIENCE):
        row = store.allowances(db).find_one({"_id": id})
        if row is None or key in row["reports"]:
            return
        caught_up = row["lead"] * step < 0
        moved = store.allowances(db).update_one(
            {"_id": id, "lead": row["lead"], "reports": {"$ne": key}},
            {
                "$inc": {"lead": step, "credits": 0 if caught_up else 1},
                "$push": {"reports": {"$each": [key], "$slice": -_REMEMBERED}},
                "$set": {"changed": clock.now()},
            },
        )
        if moved.modified_count:
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
    """Forget all credits: the platform said 43101, or consent was withdrawn in the settings."""
    store.allowances(db).update_one(
        {"_id": _id(openid, template)},
        {"$set": {"credits": 0, "held": [], "changed": clock.now()}},
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
