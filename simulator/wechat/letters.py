"""Pushes as they go on the wire: written, encrypted and signed, or wrong in an ordered way."""

import secrets
from dataclasses import dataclass

from ..world import Account, World
from . import crypto, envelope, switches
from .envelope import Message

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class How:
    """How a push is sent, where it differs from what a healthy platform does.

    `deliveries`: at most so many tries (0: as the switch says); `duplicates`: so many more copies
    afterwards; `parallel`: so many more copies at the same moment as the first; `mode`: instead of
    the account's; `forge`: "signature" (both wrong), "missing" (none at all), "appid" (another in
    the frame), "body" (another ciphertext than was signed), "garbage" (no message), "plain" (not
    encrypted though the account is safe); `retry_signature`: "same" or "fresh"; `hold`: write and
    keep it, to be released later in any order; `create_time`: instead of now, so that events fall
    into one second; `age_seconds`: signed so long ago; `lists`, `numbers`, `spaced`: see
    envelope.Shape ("" as the switches say); `timeout_seconds`.
    """

    deliveries: int = 0
    duplicates: int = 0
    parallel: int = 0
    mode: str = ""
    forge: str = ""
    retry_signature: str = ""
    hold: bool = False
    create_time: int = 0
    age_seconds: int = 0
    lists: str = ""
    numbers: str = ""
    spaced: bool = False
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True)
class Pushed:
    """One HTTP request of a push, ready to be sent (again)."""

    kind: str
    url: str
    query: dict[str, str]
    body: bytes
    content_type: str


def prepare(world: World, account: Account, message: Message, how: How) -> Pushed:
    """Write, encrypt and sign a message for the account's own address."""
    mode = "plain" if how.forge == "plain" else how.mode or account.mode
    form = shape(world, how)
    query = signed_query(world, account, how.age_seconds) | {"openid": message["FromUserName"]}
    if how.create_time:
        message = message | {"CreateTime": how.create_time}
    told = message
    if mode != "plain":
        sealed = encrypted(account, message, how, form)
        query |= {"encrypt_type": "aes", "msg_signature": signed(account, query, sealed)}
        told = message if mode == "compatible" else {"ToUserName": message["ToUserName"]}
        if how.forge == "body":
            sealed = encrypted(account, message, how, form)
        told = told | {"Encrypt": sealed}
    garbage = how.forge == "garbage"
    body = b"<xml>" if garbage else envelope.write(told, account.format, form)
    kind = switches.of(world, f"push_content_type_{account.format}")
    return Pushed(account.kind, address(world, account), forged(query, how), body, kind)


def shape(world: World, how: How) -> envelope.Shape:
    """Return how a push's JSON is written: as told, else as the switches say."""
    return envelope.Shape(
        lists=how.lists or switches.of(world, "push_lists"),
        numbers=how.numbers or switches.of(world, "push_numbers"),
        spaced=how.spaced or switches.of(world, "push_spaced_keys"),
    )


def signed_query(world: World, account: Account, age_seconds: int = 0) -> dict[str, str]:
    """Return signature, timestamp and nonce of a request to the account's address."""
    nonce = str(secrets.randbelow(10**9) + 10**8)
    stamp = str(world.clock.stamp() - age_seconds)
    signature = crypto.signature(account.token, stamp, nonce)
    return {"signature": signature, "timestamp": stamp, "nonce": nonce}


def address(world: World, account: Account) -> str:
    """Return where the service takes an account's pushes."""
    return str(world.config["public_url"]).rstrip("/") + "/wechat/" + account.kind


def encrypted(account: Account, message: Message, how: How, form: envelope.Shape) -> str:
    """Return the message encrypted for the account, or for another when that is to be forged."""
    appid = "wx" + secrets.token_hex(8) if how.forge == "appid" else account.appid
    return crypto.seal(envelope.write(message, account.format, form), appid, account.aes_key)


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
