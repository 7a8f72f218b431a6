"""Scenes of people who leave: two records become one, an account goes, its words are forgotten."""

from dataclasses import replace
from datetime import timedelta

from app.wechat.store import who
from base import clock
from feedback import tickets
from people import merging, residents
from people.residents import Account


def scenes(somebody, push):
    """`somebody` arrives in town, `push` is a push of hers."""

    def merged(town):
        pair = sorted(somebody(town) for _ in "ab")
        town.desk.resident = replace(town.desk.resident, id=pair[1])
        case = town.charged("accept")
        tickets.ask(town.db, resident=pair[1], text="几天？", key=case.number)
        merging.unite(town.db, *pair)
        return pair[1], {"from": pair[1], "into": pair[0]}

    def removed(town):
        id = somebody(town)
        residents.unfollow(town.db, "oa", town.openid)
        (left,) = town.db["residents"].find_one({"_id": id})["outbox"].values()
        residents.arrive(town.db, Account("oa", "wxoa", town.openid))
        return id, left["data"]

    def strayed(town):
        push(town)
        told = {"who": who("oa", town.openid), "at": clock.now() - timedelta(minutes=1)}
        town.db["pushes"].update_many({}, {"$set": told})
        town.unions[town.openid] = {"subscribe": 0}
        id = residents.by_account(town.db, "oa", town.openid).id
        return id, {"openid": town.openid}

    def forgotten(town):
        push(town)
        town.db["pushes"].update_many(
            {}, {"$set": {"who": who("oa", town.openid), "at": clock.now()}}
        )
        id, _ = push(town)
        return id, {"kind": "oa", "openid": town.openid, "until": clock.now()}

    return (
        ("account.forgotten", forgotten),
        ("resident.merged", merged),
        ("account.removed", removed),
        ("follower.link", strayed),
    )
