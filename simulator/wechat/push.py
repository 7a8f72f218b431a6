"""Pushes of messages and events to the service under test, as the platform sends them."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from http import HTTPStatus
from typing import Any

import requests

from ..world import Account, World
from . import crypto, envelope, replies
from .envelope import Message

TIMEOUT_SECONDS = 5.0
DELIVERIES = 3
KEPT_PUSHES = 200
CONTENT_TYPES = {"xml": "text/xml", "json": "application/json"}


@dataclass(frozen=True)
class How:
    """How a push is sent, where it differs from what a healthy platform does.

    `deliveries`: at most so many tries; `duplicates`: so many more copies afterwards; `parallel`:
    so many more copies at the same moment as the first; `mode`: instead of the account's;
    `forge`: "signature" (both wrong), "missing" (none at all), "appid" (another in the frame),
    "body" (another ciphertext than was signed), "garbage" (no message); `timeout_seconds`.
    """

    deliveries: int = DELIVERIES
    duplicates: int = 0
    parallel: int = 0
    mode: str = ""
    forge: str = ""
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True)
class Pushed:
    """One HTTP request of a push, ready to be sent (again)."""

    kind: str
    url: str
    query: dict[str, str]
    body: bytes
    content_type: str


@dataclass(frozen=True)
class Delivery:
    """What came of one try: HTTP status or None, milliseconds, body, and how it was taken.

    `push` is the number under which the same request can be sent again.

    `outcome`: "accepted" (success or empty), "replied" (with `message`), "malformed" (the user is
    told the account is out of service), "failed" (no answer in time or no 2xx).
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
    request = prepare(world, account, message, how)
    number = keep(world, request)
    done = together(world, request, how)
    while len(done) < how.deliveries and all(one.outcome == "failed" for one in done):
        done.append(send(world, request, how.timeout_seconds))
    done += [send(world, request, how.timeout_seconds) for _ in range(how.duplicates)]
    return [replace(one, push=number) for one in done]


def keep(world: World, request: Pushed) -> int:
    """Keep the last pushes as they were sent; return the number of this one."""
    with world.lock:
        kept = world.part("wechat.pushes")
        number = max(map(int, kept), default=0) + 1
        kept[str(number)] = asdict(request) | {"body": request.body.decode()}
        kept.pop(str(number - KEPT_PUSHES), None)
    world.changed()
    return number


def replay(world: World, number: str) -> Delivery:
    """Send an earlier push again to the letter; KeyError if it is not kept any more."""
    with world.lock:
        kept = world.part("wechat.pushes")[number]
    request = Pushed(**kept | {"body": kept["body"].encode()})
    return replace(send(world, request), push=int(number))


def together(world: World, request: Pushed, how: How) -> list[Delivery]:
    """Send the first try, and its parallel copies at the same moment."""
    copies = [request] * (1 + how.parallel)
    with ThreadPoolExecutor(len(copies)) as threads:
        return list(threads.map(lambda one: send(world, one, how.timeout_seconds), copies))


def prepare(world: World, account: Account, message: Message, how: How) -> Pushed:
    """Write, encrypt and sign a message for the account's own address."""
    mode = how.mode or account.mode
    nonce = str(secrets.randbelow(10**9) + 10**8)
    stamp = str(world.clock.stamp())
    query = {"signature": crypto.signature(account.token, stamp, nonce), "timestamp": stamp}
    query |= {"nonce": nonce, "openid": message["FromUserName"]}
    told = message
    if mode != "plain":
        sealed = encrypted(account, message, how)
        query |= {"encrypt_type": "aes", "msg_signature": signed(account, query, sealed)}
        told = message if mode == "compatible" else {"ToUserName": message["ToUserName"]}
        told = told | {
            "Encrypt": sealed if how.forge != "body" else encrypted(account, message, how)
        }
    body = b"<xml>" if how.forge == "garbage" else envelope.write(told, account.format)
    url = address(world, account)
    return Pushed(account.kind, url, forged(query, how), body, CONTENT_TYPES[account.format])


def address(world: World, account: Account) -> str:
    """Return where the service takes an account's pushes."""
    return str(world.config["public_url"]).rstrip("/") + "/wechat/" + account.kind


def encrypted(account: Account, message: Message, how: How) -> str:
    """Return the message encrypted for the account, or for another when that is to be forged."""
    appid = "wx" + secrets.token_hex(8) if how.forge == "appid" else account.appid
    return crypto.seal(envelope.write(message, account.format), appid, account.aes_key)


def signed(account: Account, query: dict[str, str], sealed: str) -> str:
    """Return the signature over the encrypted text, with the moment and nonce of the query."""
    return crypto.signature(account.token, query["timestamp"], query["nonce"], sealed)


def forged(query: dict[str, str], how: How) -> dict[str, str]:
    """Return the query with its signatures made wrong or left out, if that is asked for."""
    if how.forge == "signature":
        return {key: "0" * 40 if "signature" in key else query[key] for key in query}
    if how.forge == "missing":
        return {key: query[key] for key in query if "signature" not in key}
    return query


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
    """Send a request to the service; status None when no answer came in time."""
    headers = {"Content-Type": pushed.content_type, "User-Agent": "Mozilla/4.0"}
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method,
                pushed.url,
                params=pushed.query,
                data=pushed.body,
                headers=headers,
                timeout=patience,
            )
        except requests.RequestException:
            return None, b""
        return answer.status_code, answer.content


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
    """Ask an account's address to prove that it knows the token; says if it did."""
    nonce, stamp = str(secrets.randbelow(10**9) + 10**8), str(world.clock.stamp())
    echo = str(secrets.randbelow(9 * 10**18) + 10**18)
    query = {"signature": crypto.signature(account.token, stamp, nonce), "timestamp": stamp}
    query |= {"nonce": nonce, "echostr": echo}
    asked = Pushed(account.kind, address(world, account), query, b"", "text/plain")
    status, answer = exchange("GET", asked, TIMEOUT_SECONDS)
    verified = status == HTTPStatus.OK and answer == echo.encode()
    return {"verified": verified, "status": status, "answer": readable(answer)}
