"""Brings the wallets' notices to the service, again and again until it takes them."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypedDict
from urllib.parse import urlsplit

import requests

from ..faults import Fault
from ..world import World

PATIENCE_SECONDS = 5
SHOWN_CHARACTERS = 500
DELAY_SECONDS = 30.0
# Kinds of faults for the endpoints "notify/wechat", "notify/alipay" and "notify/unionpay".
ROUTES = ("drop", "delay", "duplicate", "reorder")
TWISTS = ("forged", "probe", "stale", "short", "other_payer", "other_merchant", "other_order")


class Parcel(TypedDict):
    """A notice on its way: which event of which order, tries made, when the next is due.

    `event` is "payment", "closed" or "refund:<refund number>"; `due` is virtual Unix time; `state`
    is "waiting", "held" (until another one is delivered), "taken" or "given_up"; `story` has one
    line per try: at, status (None: no answer), body, twist.
    """

    id: str
    wallet: str
    number: str
    event: str
    at: float
    tries: int
    due: float
    state: str
    story: list[dict[str, Any]]


@dataclass(frozen=True)
class Letter:
    """A notice ready to be posted."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Receipt:
    """What the service answered; `status` is None when no answer came within five seconds."""

    status: int | None
    body: str


@dataclass(frozen=True)
class Post:
    """How one wallet writes its notices, what it takes for a receipt, how long it waits between."""

    wallet: str
    write: Callable[[World, Parcel, str], Letter]
    accepted: Callable[[Receipt], bool]
    waits: Callable[[World], Sequence[float]]


def send(world: World, post: Post, number: str, event: str, after: float = 0.0) -> Parcel:
    """Note a notice and plan its first try after so many virtual seconds."""
    parcel = note(world, post, number, event, after)
    plan(world, post, parcel)
    return parcel


def note(world: World, post: Post, number: str, event: str, after: float = 0.0) -> Parcel:
    """Note a notice without planning the first try, for who makes it with `deliver`."""
    now = world.clock.seconds()
    with world.lock:
        parcel = Parcel(
            id=secrets.token_hex(16),
            wallet=post.wallet,
            number=number,
            event=event,
            at=now,
            tries=0,
            due=now + after,
            state="waiting",
            story=[],
        )
        parcels(world)[parcel["id"]] = parcel
    world.changed("notices", parcel["id"])
    world.save()
    return parcel


def parcels(world: World) -> dict[str, Parcel]:
    """Return all notices by id; hold the lock."""
    found: dict[str, Parcel] = world.part("notices")
    return found


def of(world: World, wallet: str, number: str) -> list[Parcel]:
    """Return the notices of one order, oldest first; hold the lock."""
    return [
        parcel
        for parcel in parcels(world).values()
        if parcel["wallet"] == wallet and parcel["number"] == number
    ]


def plan(world: World, post: Post, parcel: Parcel) -> None:
    """Have the next try made when it is due."""
    wait = max(0.0, parcel["due"] - world.clock.seconds())
    world.timetable.after(wait, deliver, world, post, parcel["id"], parcel["tries"])


def resume(world: World, post: Post) -> None:
    """Plan again, after a restart, whatever was on its way."""
    with world.lock:
        for parcel in parcels(world).values():
            if parcel["wallet"] == post.wallet and parcel["state"] == "waiting":
                plan(world, post, parcel)


def deliver(world: World, post: Post, id: str, tries: int) -> Receipt | None:
    """Make the try of this number; None when a fault keeps the notice back or it is not awaited."""
    with world.lock:
        parcel = parcels(world).get(id)
        if parcel is None or parcel["state"] != "waiting" or parcel["tries"] != tries:
            return None
        fault = world.faults.take(f"notify/{post.wallet}", *ROUTES, *TWISTS)
        if fault is not None and fault.kind in ("delay", "reorder"):
            hold_back(world, post, parcel, fault)
            return None
        parcel["tries"] += 1
        began = world.clock.seconds()
    twist = fault.kind if fault else ""
    if twist == "duplicate":
        world.timetable.after(0.0, bring, world, post, parcel, twist)
    receipt = Receipt(None, "") if twist == "drop" else bring(world, post, parcel, twist)
    conclude(world, post, parcel, receipt, began)
    return receipt


def hold_back(world: World, post: Post, parcel: Parcel, fault: Fault) -> None:
    """Put a notice off by some seconds, or until the next one has been brought; hold the lock."""
    if fault.kind == "reorder":
        parcel["state"] = "held"
    else:
        parcel["due"] = world.clock.seconds() + float(fault.values.get("seconds", DELAY_SECONDS))
        plan(world, post, parcel)
    world.changed("notices", parcel["id"])


def bring(world: World, post: Post, parcel: Parcel, twist: str) -> Receipt:
    """Write the notice as it is now, with a twist or none, and post it."""
    letter = post.write(world, parcel, twist if twist in TWISTS else "")
    started = time.monotonic()
    receipt = carry(letter)
    world.wire.record(
        world.clock.seconds(),
        "out",
        method="POST",
        path=urlsplit(letter.url).path,
        status=receipt.status,
        ms=(time.monotonic() - started) * 1000,
        request=letter.body,
        answer=receipt.body,
        note=f"notice: {post.wallet} {parcel['event']} {twist}".rstrip(),
    )
    with world.lock:
        line = asdict(receipt) | {"at": world.clock.seconds(), "twist": twist}
        parcel["story"].append(line)
    world.changed("notices", parcel["id"])
    return receipt


def carry(letter: Letter) -> Receipt:
    """Post a letter; redirects are not followed, proxies not asked."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                letter.url,
                data=letter.body,
                headers=letter.headers,
                timeout=PATIENCE_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException:
            return Receipt(None, "")
    return Receipt(answer.status_code, answer.text[:SHOWN_CHARACTERS])


def conclude(world: World, post: Post, parcel: Parcel, receipt: Receipt, began: float) -> None:
    """Tick the notice off, or plan the next try of the schedule; then release what was held.

    The wait for the next try is counted from when this one began.
    """
    waits = post.waits(world)
    with world.lock:
        if post.accepted(receipt):
            parcel["state"] = "taken"
        elif parcel["tries"] > len(waits):
            parcel["state"] = "given_up"
        else:
            parcel["due"] = began + waits[parcel["tries"] - 1]
            plan(world, post, parcel)
        for held in parcels(world).values():
            if held["wallet"] == post.wallet and held["state"] == "held":
                held["state"] = "waiting"
                world.changed("notices", held["id"])
                plan(world, post, held)
    world.changed("notices", parcel["id"])
