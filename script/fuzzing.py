"""Coverage-guided bytes at the push envelope: whatever comes is a message or a refusal."""

import contextlib
import sys
from datetime import UTC, datetime

import atheris  # type: ignore[import-untyped]  # in an environment of its own

with atheris.instrument_imports(include=["app.wechat", "xml.parsers", "json"]):
    from app.wechat import envelope, frame
    from app.wechat.envelope import Channel, Query
    from base.errors import Problem

_AT = datetime.fromtimestamp(1767225601, UTC)
_STAMP = "1767225601"
_TOKEN, _KEY, _APPID = "fuzz-token", "A" * 43, "wx0123456789abcdef"


def one(data: bytes) -> None:
    """The first byte chooses how the rest is taken: plain, sealed, or as the seal itself."""
    kind, rest = data[:1], data[1:]
    form, mode = ("json", "xml")[bool(kind and kind[0] & 1)], kind[0] >> 1 & 3 if kind else 0
    with contextlib.suppress(Problem, UnicodeDecodeError):
        if mode == 0:
            _read("plain", form, rest, frame.sign(_TOKEN, _STAMP, "1"))
        elif mode == 1:
            _sealed(form, frame.encipher(rest.decode(), _KEY, _APPID))
        else:
            _sealed(form, rest.decode())


def _sealed(form: str, encrypted: str) -> None:
    signature = frame.sign(_TOKEN, _STAMP, "1", encrypted)
    told = {"json": '{{"Encrypt": "{}"}}', "xml": "<xml><Encrypt>{}</Encrypt></xml>"}
    _read("safe", form, told[form].format(encrypted).encode(), signature)


def _read(mode: str, form: str, raw: bytes, signature: str) -> None:
    channel = Channel("mp", _APPID, _TOKEN, _KEY, mode=mode, format=form)  # type: ignore[arg-type]  # both are checked words
    envelope.read(channel, Query(signature, signature, _STAMP, "1"), raw, _AT)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
