"""The wire to the province's non-tax revenue system: JSON, both sides signed with a shared secret.

No province publishes its interface; this is the shape of reference 4.4, and the one file to change.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from base import clock, outbound
from base.errors import Unreachable

from .wallet import Forged, Proof, Refused, Word

PARTNER: Final = "nontax"
WINDOW_SECONDS: Final = 300
DONE: Final = "0000"
# Busy, or it does not know itself: whether it was done is for a query to say.
UNKNOWN: Final = frozenset({"9998", "9999"})


@dataclass(frozen=True)
class NontaxSettings:
    """What the finance bureau hands out: our unit and region there, and the secret we share."""

    api_url: str
    app_id: str
    secret: str
    unit: str
    region: str
    notify_url: str


class Wire:
    """One unit's line to the finance system; build one and keep it."""

    def __init__(self, settings: NontaxSettings) -> None:
        self._settings = settings
        self._path = urlsplit(settings.api_url).path
        # The secret has no number: this tells one from the next, and nothing of either.
        self._serial = f"{settings.app_id}:{self._hmac(b'serial')[:16]}"
        self._partner = outbound.session(PARTNER)

    def call(self, target: str, told: Mapping[str, object]) -> Word:
        """Send one signed request; the answer's `data`, once its signature is proved.

        Raises Refused with the system's own code, Unreachable when nobody knows what it did.
        """
        whole = {"region_code": self._settings.region, "department_code": self._settings.unit}
        body = json.dumps(whole | dict(told), ensure_ascii=False).encode()
        signed = self._signed(self._path + target, body)
        headers = {"Content-Type": "application/json", "X-App-Id": self._settings.app_id}
        answer = self._partner.request(
            "POST", self._settings.api_url + target, headers=headers | signed, body=body
        )
        if answer.status != 200:
            raise Unreachable(PARTNER, reason=f"status {answer.status}")
        return self._read(answer, self._path + target, signed["X-Nonce"])

    def prove(self, headers: Mapping[str, str], path: str, body: bytes) -> None:
        """Check the signature and the 300 second window of what was posted to us; raises Forged."""
        found = {name.lower(): value for name, value in headers.items()}
        self._prove(found, ("POST", path, found.get("x-nonce", "")), body)

    def _prove(self, found: Mapping[str, str], about: tuple[str, str, str], body: bytes) -> None:
        method, path, nonce = about
        moment = found.get("x-timestamp", "")
        wanted = self._sign(method, path, moment, nonce, body)
        if not hmac.compare_digest(wanted.encode(), found.get("x-signature", "").encode()):
            raise Forged("signature")
        if not (moment.isascii() and moment.isdigit()) or _away(int(moment)) > WINDOW_SECONDS:
            raise Forged("window")

    def _read(self, answer: outbound.Answer, path: str, nonce: str) -> Word:
        """An answer is signed over what was asked, and under the question's own nonce."""
        try:
            found = {name.lower(): value for name, value in answer.headers.items()}
            self._prove(found, ("ANSWER", path, nonce), answer.body)
            told = json.loads(answer.body)
            code, data = str(told["code"]), told.get("data") or {}
        except Forged as forged:
            reason = f"answer not proved: {forged.reason}"
            raise Unreachable(PARTNER, reason=reason) from forged
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreachable(PARTNER, reason="unexpected answer") from error
        if code in UNKNOWN:
            raise Unreachable(PARTNER, reason=f"code {code}")
        proof = Proof.of("query", answer.body, self._serial)
        if code != DONE:
            raise Refused(code, proof)
        return Word(dict(data), proof)

    def _signed(self, path: str, body: bytes) -> dict[str, str]:
        moment, nonce = str(int(clock.now().timestamp())), secrets.token_hex(16)
        signature = self._sign("POST", path, moment, nonce, body)
        return {"X-Timestamp": moment, "X-Nonce": nonce, "X-Signature": signature}

    def _sign(self, method: str, path: str, moment: str, nonce: str, body: bytes) -> str:
        text = f"{method}\n{path}\n{moment}\n{nonce}\n".encode() + body
        return self._hmac(text)

    def _hmac(self, text: bytes) -> str:
        return hmac.new(self._settings.secret.encode(), text, hashlib.sha256).hexdigest()


def _away(moment: int) -> float:
    return abs(clock.now().timestamp() - moment)
