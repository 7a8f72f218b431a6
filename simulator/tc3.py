"""Tencent Cloud's request signature TC3-HMAC-SHA256, seen from the cloud's side."""

import hashlib
import hmac
import re
import time
from datetime import UTC, datetime

from flask import Request

from .world import World

ALGORITHM = "TC3-HMAC-SHA256"
SERVICES = {"faceid", "sms"}
WINDOW_SECONDS = 300
AUTHORIZATION = re.compile(
    ALGORITHM + r"\s+Credential=([^/\s]+)/(\d{4}-\d\d-\d\d)/([a-z]+)/tc3_request,"
    r"\s*SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})"
)
NEEDED_HEADERS = {"content-type", "host"}


class Refused(Exception):
    """The cloud answers with an error code of identity.toml."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code, self.about = code, about


def authenticate(world: World, request: Request) -> None:
    """Check key id, clock and signature of a call; Refused with the cloud's error code otherwise.

    The caller's clock may be the virtual one or the real one: Tencent's own SDK reads the real.
    """
    found = AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if found is None or found[3] not in SERVICES or not set(found[4].split(";")) >= NEEDED_HEADERS:
        raise Refused("AuthFailure.InvalidAuthorization")
    setup = world.config["identity"]
    if found[1] != setup["secret_id"]:
        raise Refused("AuthFailure.SecretIdNotFound")
    stamp = timestamp(world, request)
    if found[2] != f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d}":
        raise Refused("AuthFailure.SignatureExpire")
    scope = f"{found[2]}/{found[3]}/tc3_request"
    text = string_to_sign(request, stamp, scope, found[4])
    key = signing_key(setup["secret_key"], found[2], found[3])
    right = hmac.new(key, text.encode(), hashlib.sha256)
    if not hmac.compare_digest(right.hexdigest(), found[5]):
        raise Refused("AuthFailure.SignatureFailure")


def timestamp(world: World, request: Request) -> int:
    """Read X-TC-Timestamp; Refused when it is missing or off by more than five minutes."""
    told = request.headers.get("X-TC-Timestamp", "")
    if not re.fullmatch("[0-9]{1,12}", told):
        raise Refused("MissingParameter", "X-TC-Timestamp")
    off = min(abs(moment - int(told)) for moment in (world.clock.seconds(), time.time()))
    if off > WINDOW_SECONDS:
        raise Refused("AuthFailure.SignatureExpire")
    return int(told)


def string_to_sign(request: Request, stamp: int, scope: str, signed_headers: str) -> str:
    """Return the text whose HMAC is the signature, built from the request as it arrived."""
    return f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical(request, signed_headers))}"


def canonical(request: Request, signed_headers: str) -> bytes:
    """Return the canonical request: method, path, query, headers as signed, hash of the body."""
    names = signed_headers.split(";")
    lines = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
    unsigned = request.headers.get("X-TC-Content-SHA256") == "UNSIGNED-PAYLOAD"
    payload = b"UNSIGNED-PAYLOAD" if unsigned else request.get_data()
    query = request.query_string.decode()
    head = f"{request.method}\n{request.path}\n{query}\n{lines}\n{signed_headers}\n"
    return head.encode() + sha256(payload).encode()


def sha256(data: bytes) -> str:
    """Return the hash in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def signing_key(secret_key: str, day: str, service: str) -> bytes:
    """Derive the key of the day and the service from the secret key."""
    key = b"TC3" + secret_key.encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
