"""A ticket's photograph lent to the platform for its content check: one address, one hour."""

import hashlib
from typing import Any, Final

from flask import Blueprint
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer

from base import audit, clock, files
from config.settings import Settings
from feedback import tickets

from . import downloads
from .runtime import here

blueprint = Blueprint("lending", __name__, url_prefix="/lent")

_SALT: Final = "app.lending.v1"
_LASTS_SECONDS: Final = 3600


def address(settings: Settings, number: str, file: str) -> str:
    """Where the platform may fetch a ticket's photograph for the next hour."""
    until = int(clock.now().timestamp()) + _LASTS_SECONDS
    return f"{settings.public_url}/lent/{_signer(settings).dumps([number, file, until])}"


@blueprint.get("/<token>")
def fetch(token: str) -> ResponseReturnValue:
    """The photograph an address stands for; the look is recorded. Raises NoSuchFile."""
    runtime = here()
    try:
        number, file, until = _signer(runtime.settings).loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise files.NoSuchFile from error
    if until <= clock.now().timestamp():
        raise files.NoSuchFile
    ticket = tickets.get(runtime.db, number)
    if file not in ticket.files:
        raise files.NoSuchFile
    audit.record(runtime.db, "system", "file.lent", f"ticket:{ticket.number}", file=file)
    return downloads.send(files.get(runtime.db, file), files.read(runtime.db, file))


def _signer(settings: Settings) -> URLSafeSerializer:
    how: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(settings.secret_key, salt=_SALT, signer_kwargs=how)
