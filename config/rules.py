"""What makes a set of settings sound: partners' hosts, keys, modes, and no half-real worlds."""

import ipaddress
import re
import tomllib
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

_PARTNERS = Path(__file__).parent / "partners.toml"
_HOURS = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_MODES = ("safe", "compatible", "plain")
_CHOICES = {
    "wechat_oa_mode": _MODES,
    "wechat_mp_mode": _MODES,
    "wechat_mp_format": ("json", "xml"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
}
_PEMS = (
    "wechat_pay_private_key",
    "wechat_pay_public_key",
    "alipay_private_key",
    "alipay_public_key",
    "unionpay_cert",
    "unionpay_private_key",
    "unionpay_root_cert",
    "unionpay_middle_cert",
)


def is_loopback(url: str) -> bool:
    """Whether a URL is http to a literal loopback address; names such as localhost are not."""
    parts = urlsplit(url)
    try:
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return False
    return parts.scheme == "http" and address.is_loopback


def faults(values: Mapping[str, object]) -> list[str]:
    """Everything that is wrong with the values, one line each."""
    text = {name: str(value) for name, value in values.items() if value != ""}
    return [
        *_partners(text),
        *_worlds(text),
        *_choices(text),
        *_quiet(text),
        *_keys(text),
        *_private(text),
    ]


def _hosts() -> dict[str, list[str]]:
    """{setting of a base URL: the hosts it may name}."""
    table = tomllib.loads(_PARTNERS.read_text("utf-8"))
    return {name: hosts for name, hosts in table.items() if isinstance(hosts, list)}


def _given(text: Mapping[str, str]) -> dict[str, list[str]]:
    """The base URLs that are set; a partner may be one that this county does not have."""
    return {name: hosts for name, hosts in _hosts().items() if name in text}


def _among(host: str | None, hosts: list[str]) -> bool:
    """Whether a host is listed; ".gov.cn" lists every host below it."""
    under = tuple(each for each in hosts if each.startswith("."))
    return host in hosts or (host or "").endswith(under)


def _partners(text: Mapping[str, str]) -> Iterator[str]:
    for name, hosts in _given(text).items():
        parts = urlsplit(text[name])
        known = parts.scheme == "https" and _among(parts.hostname, hosts) and parts.port is None
        if not known and not is_loopback(text[name]):
            allowed = ", ".join(hosts)
            yield f"{name.upper()}: must be https to {allowed}, or http to a loopback address"


def _worlds(text: Mapping[str, str]) -> Iterator[str]:
    near = [name for name in _given(text) if is_loopback(text[name])]
    far = [name for name in _given(text) if name not in near]
    if near and far:
        yield (
            f"{near[0].upper()}: is loopback while {far[0].upper()} is real; "
            "all partners are simulated or none"
        )
    public = text.get("public_url", "")
    if near and public and not is_loopback(public):
        yield "PUBLIC_URL: must be http to a loopback address while partners are simulated"
    if not near and public and urlsplit(public).scheme != "https":
        yield "PUBLIC_URL: must be https"
    if public.endswith("/"):
        yield "PUBLIC_URL: must not end in a slash"


def _choices(text: Mapping[str, str]) -> Iterator[str]:
    for name, choices in _CHOICES.items():
        if text.get(name, choices[0]) not in choices:
            yield f"{name.upper()}: must be one of {', '.join(choices)}"


def _quiet(text: Mapping[str, str]) -> Iterator[str]:
    hours = text.get("quiet_hours", "off")
    if hours != "off" and not _HOURS.fullmatch(hours):
        yield "QUIET_HOURS: must be two times such as 21:00-08:00, or off"


def _keys(text: Mapping[str, str]) -> Iterator[str]:
    for name in ("wechat_oa_aes_key", "wechat_mp_aes_key"):
        key = text.get(name, "")
        if key and not (len(key) == 43 and key.isalnum() and key.isascii()):
            yield f"{name.upper()}: must be 43 letters and digits"
    for name in _PEMS:
        if name in text and "-----BEGIN" not in text[name]:
            yield f"{name.upper()}: must be PEM text"
    if len(text.get("wechat_pay_apiv3_key", "x" * 32).encode()) != 32:
        yield "WECHAT_PAY_APIV3_KEY: must be 32 bytes"


def _private(text: Mapping[str, str]) -> Iterator[str]:
    if len(text.get("secret_key", "x" * 32).encode()) < 32:
        yield "SECRET_KEY: must be 32 bytes or more"
    for part in filter(None, text.get("privacy_keys", "").split(",")):
        name, _, encoded = part.strip().partition(":")
        try:
            sound = len(b64decode(encoded, validate=True)) == 32
        except NotBase64:
            sound = False
        if not name or "." in name or not sound:
            yield "PRIVACY_KEYS: each must be id:base64 of exactly 32 bytes, the id without dots"
            return
