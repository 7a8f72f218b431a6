"""Pushes of messages and events to the service under test, as the platform sends them."""

import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import urllib3

from ..world import Account, World
from . import envelope, letters, replies, switches
from .envelope import Message
from .letters import TIMEOUT_SECONDS, How, Pushed

KEPT_PUSHES = 200


@dataclass(frozen=True)
class Delivery:
    """What came of one try: HTTP status or None, milliseconds, body, and how it was taken.

    `push` is the number under which the same request can be sent again.

    `outcome`: "accepted" (success or empty), "replied" (with `message`), "malformed" (the user is
    told the account is out of service), "failed" (no answer in time or no 2xx), "held" (not sent).
    """

    status: int | None
    ms: int
    reply: str
    outcome: str
    why: str = ""
    message: Message = field(default_factory=dict)
    push: int = 0

    def shown(self) -> dict[str, Any]:
        """Return the delivery as the control API shows one."""
        return {
            "status": self.status,
            "ms": self.ms,
            "reply": self.reply,
            "outcome": self.outcome,
            "why": self.why,
            "message": self.message,
            "push": self.push,
        }


def push(world: World, account: Account, message: Message, how: How) -> list[Delivery]:
    """Send a message until it is taken or the tries are used up; then the ordered duplicates."""
    letter = letters.prepare(world, account, message, how)
    number = keep(world, letter)
    if how.hold:
        return [Delivery(None, 0, "", "held", push=number)]
    done = together(world, [letter] * (1 + how.parallel), how.timeout_seconds)
    tries = how.deliveries or switches.of(world, "deliveries")
    fresh = (how.retry_signature or switches.of(world, "retry_signature")) == "fresh"
    while len(done) < tries and all(one.outcome == "failed" for one in done):
        time.sleep(switches.of(world, "retry_pause_seconds"))
        letter = letters.prepare(world, account, message, how) if fresh else letter
        done.append(send(world, letter, how.timeout_seconds))
    done += [send(world, letter, how.timeout_seconds) for _ in range(how.duplicates)]
    return [replace(one, push=number) for one in done]


def keep(world: World, request: Pushed) -> int:
    """Keep the last pushes as they were sent, until a restart; return the number of this one."""
    with world.lock:
        kept = world.part("wechat.pushes")
        number = int(next(reversed(kept), "0")) + 1
        kept[str(number)] = request
        kept.pop(str(number - KEPT_PUSHES), None)
    return number


def kept(world: World, number: str) -> Pushed:
    """Return an earlier push; KeyError if it is not kept any more."""
    with world.lock:
        found: Pushed = world.part("wechat.pushes")[number]
        return found


def replay(world: World, number: str) -> Delivery:
    """Send an earlier push again to the letter; KeyError if it is not kept any more."""
    return replace(send(world, kept(world, number)), push=int(number))


def together(world: World, requests: list[Pushed], patience: float) -> list[Delivery]:
    """Send requests, all at the same moment when there are several."""
    if len(requests) == 1:
        return [send(world, requests[0], patience)]
    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(lambda one: send(world, one, patience), requests))


def send(world: World, pushed: Pushed, patience: float = TIMEOUT_SECONDS) -> Delivery:
    """Post a push once, log it, and judge the answer."""
    started = time.monotonic()
    status, reply = exchange("POST", pushed, patience)
    spent = int((time.monotonic() - started) * 1000)
    world.wire.record(
        world.clock.seconds(),
        "out",
        method="POST",
        path=pushed.url,
        status=status,
        ms=spent,
        request=pushed.body,
        answer=reply,
    )
    if status is None or not 200 <= status < 300:
        return Delivery(status, spent, readable(reply), "failed")
    return judged(world, pushed, Delivery(status, spent, readable(reply), "accepted"), reply)


def exchange(method: str, pushed: Pushed, patience: float) -> tuple[int | None, bytes]:
    """Send a request to the service, on a connection of its own; status None without an answer."""
    headers = {"Content-Type": pushed.content_type, "User-Agent": "Mozilla/4.0"}
    try:
        with urllib3.PoolManager(retries=False) as wires:
            answer = wires.request(
                method,
                f"{pushed.url}?{urlencode(pushed.query)}",
                body=pushed.body,
                headers=headers,
                timeout=patience,
            )
    except urllib3.exceptions.HTTPError:
        return None, b""
    return answer.status, answer.data


def judged(world: World, pushed: Pushed, delivery: Delivery, reply: bytes) -> Delivery:
    """Tell whether a 2xx answer is acceptance, a well-formed reply, or malformed."""
    if reply in (b"", b"success"):
        return delivery
    try:
        message = replies.read(world.account(pushed.kind), pushed.query, reply)
    except envelope.Malformed as error:
        return replace(delivery, outcome="malformed", why=str(error))
    return replace(delivery, outcome="replied", message=message)


def readable(reply: bytes) -> str:
    """Return an answer's body as text, whatever it is."""
    return reply.decode(errors="replace")


def verify(world: World, account: Account) -> dict[str, Any]:
    """Ask an account's address to prove that it knows the token; says if it did.

    A token the console would not take proves nothing, and nobody is asked.
    """
    if not re.fullmatch(switches.of(world, "push_token"), account.token):
        return {"verified": False, "status": 0, "answer": ""}
    echo = str(secrets.randbelow(9 * 10**18) + 10**18)
    query = letters.signed_query(world, account) | {"echostr": echo}
    asked = Pushed(account.kind, letters.address(world, account), query, b"", "text/plain")
    status, answer = exchange("GET", asked, TIMEOUT_SECONDS)
    verified = status == HTTPStatus.OK and answer == echo.encode()
    return {"verified": verified, "status": status, "answer": readable(answer)}
