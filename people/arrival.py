"""WeChat accounts come and go: first arrival, linking by unionid, following, leaving.

The id of a new resident is computed from the unionid, or else from appid and openid, so that two
arrivals at once make the same document. A unionid that comes late joins the two records it shows
to be one person; if they are two verified citizens, the conflict is noted and both stay.
Whoever followed before we were connected, or while nobody heard it, is looked up at the platform
when she comes: "follower.link" is promised, and `looked` notes what the platform says.
"""

from datetime import datetime, timedelta
from typing import Any

from base import audit, clock, outbox, privacy
from base.errors import Missing
from base.store import Database, add

from . import merging, records, store
from .records import Account, Resident
from .store import AccountRow

_REMEMBERED = timedelta(days=1)
_UNION_ASKED = timedelta(days=1)


class NoSuchAccount(Missing):
    """Nobody has arrived with this account, or whoever had it has left."""

    code = "no_such_account"


def arrive(db: Database, account: Account, at: datetime | None = None) -> Resident:
    """Whoever comes with this account: found, or created; linked by unionid once that is known.

    `at` is the platform's moment of what she did, where that may be told late: nothing is created
    for an account that has left since, which raises NoSuchAccount.
    """
    return _arrived(db, account, at)[1]


def _arrived(db: Database, account: Account, at: datetime | None) -> tuple[AccountRow, Resident]:
    """The account as it was found or made, and whose it is."""
    union = account.unionid and privacy.digest(account.unionid, "union")
    row = store.accounts(db).find_one({"_id": account.key})
    if row is None:
        _refuse_late(db, account.key, at)
        row = _open(db, account, union)
    if union and row["union"] is None:
        _join(db, row, union)
    elif union and row["union"] != union:
        _note_conflict(db, row, "another union")
    found = records.get(db, row["resident"])
    _point(db, row, found.id)
    return row, found


def meet(db: Database, account: Account, at: datetime | None = None) -> Resident:
    """Whoever comes with this account, as `arrive`; what we do not know of a follower is asked for.

    That is whether she follows us at all, and once a day her unionid, while it is not known.
    """
    row, found = _arrived(db, account, at)
    known = row["union"] or account.unionid or _lately(row)
    if account.kind == "oa" and not (row["following"] and known):
        look(db, found.id, account.openid)
    return found


def _lately(row: AccountRow) -> bool:
    """Whether the platform was asked for her unionid not long ago."""
    return "looked" in row and clock.now() < row["looked"] + _UNION_ASKED


def look(db: Database, id: str, openid: str) -> None:
    """Promise to ask the platform whether an official account of hers follows us; owed once."""
    _owe(db, id, {}, outbox.promise("follower.link", openid=openid), openid)


def _owe(db: Database, id: str, update: dict[str, Any], owed: outbox.Promise, seed: str) -> None:
    """Change a resident and promise, unless the very same (by `seed`) is owed already."""
    owed["id"] = privacy.digest(f"{owed['effect']}:{seed}", "account.owed")[:16]
    fresh = {f"outbox.{owed['id']}": {"$exists": False}}
    records.change(db, id, outbox.pledge(update, owed), **fresh)


def looked(db: Database, account: Account, followed: datetime | None, asked: datetime) -> bool:
    """Note what the platform says of an official account: following since a moment, or not (None).

    `asked` is when it was asked, at the latest. True if the account has left, which promises
    "account.forgotten" {kind, openid, until}; whoever only visits our pages has not left. One that
    left meanwhile is not made anew.
    """
    row = store.accounts(db).find_one({"_id": account.key})
    if followed is None:
        return row is not None and row["following"] and _gone(db, row, asked)
    if row is not None:
        arrive(db, account, followed)
        change = {"$set": {"following": True, "looked": asked}, "$max": {"followed": followed}}
        store.accounts(db).update_one({"_id": account.key}, change)
    return False


def _gone(db: Database, row: AccountRow, asked: datetime) -> bool:
    """Let an account go of whose leaving no push told; what it said until then is forgotten too."""
    kind, openid = row["kind"], row["openid"]
    words = outbox.promise("account.forgotten", kind=kind, openid=openid, until=asked)
    _owe(db, row["resident"], {}, words, f"{openid}:{row['since']}")
    return unfollow(db, kind, openid, asked)


def _refuse_late(db: Database, key: str, at: datetime | None) -> None:
    """Raise NoSuchAccount when an account has left at this moment of the platform's, or since."""
    departure = store.departures(db).find_one({"_id": _departure(key)}) if at else None
    if at and departure and departure["at"] >= at:
        raise NoSuchAccount


def _departure(key: str) -> str:
    return privacy.digest(key, "account.departure")[:32]


def _open(db: Database, account: Account, union: str | None) -> AccountRow:
    """Create the account, and its resident if need be; at once with others is harmless."""
    seed = union or f"{account.appid}:{account.openid}"
    id = privacy.digest(seed, "resident.id")[:24]
    add(store.residents(db), records.fresh(id))
    owner = merging.claim(db, "unions", union, id) if union else id
    row: AccountRow = {
        "_id": account.key,
        "kind": account.kind,
        "appid": account.appid,
        "openid": account.openid,
        "resident": owner,
        "union": union,
        "following": False,
        "scene": None,
        "since": clock.now(),
    }
    add(store.accounts(db), row)
    return store.accounts(db).find_one({"_id": account.key}) or row


def _join(db: Database, row: AccountRow, union: str) -> None:
    """Take note of a unionid that came late; the row is marked last, so a crash is made good."""
    holder = merging.claim(db, "unions", union, row["resident"])
    if not merging.unite(db, row["resident"], holder):
        _note_conflict(db, row, holder)
    marked = {"$set": {"union": union}}
    store.accounts(db).update_one({"_id": row["_id"], "union": None}, marked)


def _note_conflict(db: Database, row: AccountRow, other: str) -> None:
    """Say once that an account points at two people; an operator decides, never we."""
    subject = f"resident:{row['resident']}"
    key = privacy.digest(row["_id"], "account.conflict")[:32]
    audit.record_once(db, "account.conflict", key, subject, other=other)
    store.accounts(db).update_one({"_id": row["_id"]}, {"$set": {"conflict": other}})


def _point(db: Database, row: AccountRow, id: str) -> None:
    """Let an account that was left at a merged record point at the one who stays."""
    if row["resident"] != id:
        guard = {"_id": row["_id"], "resident": row["resident"]}
        store.accounts(db).update_one(guard, {"$set": {"resident": id}})


def by_account(db: Database, kind: str, openid: str) -> Resident | None:
    """Who has this account, or None when it never arrived or has left."""
    row = store.accounts(db).find_one({"_id": records.key(kind, openid)})
    return records.get(db, row["resident"]) if row else None


def has_left(db: Database, account: Account, at: datetime) -> bool:
    """Whether an account has left at this moment of the platform's or since, and not come back."""
    try:
        _refuse_late(db, account.key, at)
    except NoSuchAccount:
        return by_account(db, account.kind, account.openid) is None
    return False


def account_of(db: Database, id: str, kind: str) -> str | None:
    """The openid of a resident's newest account of a kind, or None.

    Of official accounts only those that follow; what needs no follower has `Reach`.
    """
    asked: dict[str, Any] = {"resident": records.find(db, id)["_id"], "kind": kind}
    if kind == "oa":
        asked["following"] = True
    for row in store.accounts(db).find(asked).sort("since", -1).limit(1):
        return row["openid"]
    return None


def wechat_users(db: Database, id: str) -> int:
    """How many different WeChat users a resident's accounts belong to."""
    asked: dict[str, Any] = {"resident": records.find(db, id)["_id"]}
    rows = store.accounts(db).find(asked).limit(100)
    return len({row["union"] or row["_id"] for row in rows})


def follow(
    db: Database, kind: str, openid: str, scene: str | None = None, at: datetime | None = None
) -> None:
    """Note that an account follows us, and which code brought it.

    `at` is the platform's moment; raises NoSuchAccount for who has not come or has left since.
    `since` is renewed, so that a leaving still being tidied up does not take away the return.
    """
    key, moment = records.key(kind, openid), clock.now()
    _refuse_late(db, key, at)
    known = {"following": True, "scene": scene, "since": moment}
    change = {"$set": known, "$max": {"followed": at or moment}}
    if not store.accounts(db).update_one({"_id": key}, change).matched_count:
        raise NoSuchAccount


def unfollow(db: Database, kind: str, openid: str, at: datetime | None = None) -> bool:
    """Forget an account that has left, as WeChat demands on `unsubscribe`; whether it has.

    Promises "account.removed" {resident, kind, openid, since}, so that whoever keeps something
    under the openid (message credits) drops it too; cases stay. An unknown account is nothing to
    forget, and one that came back after `at`, the platform's moment of leaving, has not left.
    That it left is remembered for a day, so that what it did before and is told late makes it anew
    no more.
    """
    key, moment = records.key(kind, openid), at or clock.now()
    left = {"$max": {"at": moment, "gone": moment + _REMEMBERED}}
    store.departures(db).update_one({"_id": _departure(key)}, left, upsert=True)
    row = store.accounts(db).find_one({"_id": key})
    if row is None:
        return True
    if at is not None and "followed" in row and row["followed"] > at:
        return False
    facts: dict[str, Any] = {"resident": row["resident"], "kind": kind, "openid": openid}
    facts["since"] = row["since"]
    update = records.step("account.remove", "system", kind=kind)
    seed = f"{openid}:{row['since']}"
    _owe(db, row["resident"], update, outbox.promise("account.removed", **facts), seed)
    forget(db, kind, openid, row["since"])
    return True


def forget(db: Database, kind: str, openid: str, since: datetime) -> None:
    """Delete an account that has left, but not one that has come back; repeatable."""
    store.accounts(db).delete_one({"_id": records.key(kind, openid), "since": since})
