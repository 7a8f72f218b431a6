"""What a web view changes in a page that passes through it: addresses, frame rules, one script."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

#: Paths which the simulator serves and the phone's browser shows under its own address.
SIMULATOR_PATHS = ("/connect/", "/gateway.do", "/alipay/", "/gateway/api/", "/unionpay/")
#: Rules about frames and upgrades that a web view does not know.
_DROPPED = {"frame-ancestors", "upgrade-insecure-requests", "sandbox"}
_HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE)
_LINK = rb"""(\b(?:href|src|action|formaction)\s*=\s*["']?)"""


@dataclass(frozen=True)
class Origins:
    """The addresses of the app and the simulator, and the one this browser shows for both."""

    app: str
    simulator: str
    shown: str


def own_path(path: str) -> bool:
    """Whether the simulator, not the app, answers this path in the phone's browser."""
    return path.startswith(SIMULATOR_PATHS)


def local(url: str, origins: Origins) -> str | None:
    """Return path and query of `url` as this browser serves it, None when it leads elsewhere."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = parts._replace(scheme="", netloc="").geturl() or "/"
    if not path.startswith("/") or path.startswith("//"):
        return None
    if origin in (origins.app, origins.shown):
        return path
    return path if origin == origins.simulator and own_path(parts.path) else None


def location(value: str, asked: str, origins: Origins) -> str:
    """Return where this browser goes when the real address `asked` redirects to `value`."""
    absolute = urljoin(asked, value)
    path = local(absolute, origins)
    return absolute if path is None else origins.shown + path


def links(html: bytes, origins: Origins) -> bytes:
    """Return a page whose absolute links to the app stay in this browser; texts and values stay."""
    html = _move(html, origins.app, b"(?=[/?#\"'\\s>])", origins)
    for path in SIMULATOR_PATHS:
        html = _move(html, origins.simulator, b"(?=" + re.escape(path.encode()) + b")", origins)
    return html


def _move(html: bytes, origin: str, then: bytes, origins: Origins) -> bytes:
    pattern = re.compile(_LINK + re.escape(origin.encode()) + then, re.IGNORECASE)
    shown = origins.shown.encode()
    return pattern.sub(lambda found: found[1] + shown, html)


def with_script(html: bytes, tag: bytes) -> bytes:
    """Return the page with `tag` as the first thing in its head, or of all where it has none."""
    found = _HEAD.search(html)
    at = found.end() if found else _after_doctype(html)
    return html[:at] + tag + html[at:]


def _after_doctype(html: bytes) -> int:
    return html.index(b">") + 1 if html.lstrip()[:9].lower() == b"<!doctype" else 0


def policy(value: str, origins: Origins) -> str:
    """Return a Content-Security-Policy that may be framed and lets the bridge in ('self' does)."""
    rules = dict(_rules(value.replace(origins.app, origins.shown)))
    fallback = rules.get("default-src")
    for name in ("script-src", "connect-src"):
        sources = rules.get(name, fallback)
        if sources is not None and "'self'" not in sources:
            rules[name] = [*(source for source in sources if source != "'none'"), "'self'"]
    return "; ".join(" ".join((name, *sources)) for name, sources in rules.items())


def _rules(value: str) -> list[tuple[str, list[str]]]:
    split = (rule.split() for rule in value.split(";") if rule.strip())
    return [(name.lower(), sources) for name, *sources in split if name.lower() not in _DROPPED]
