"""A stranger's browser: cookies, links, and forms filled in by the names of their fields."""

import json
import time
import uuid
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests

_TIMEOUT = 60
_WAIT_SECONDS = 60.0
_VOID = {"input", "br", "img", "meta", "link", "hr"}


class Failed(Exception):
    """A step did not go as the story has it."""


class Form:
    """One form of a page: where it goes and what it holds so far."""

    def __init__(self, action: str, method: str, page: str) -> None:
        self.action = urljoin(page, action or page)
        self.method = method.upper()
        self.fields: list[tuple[str, str]] = []
        self.choices: dict[str, list[str]] = {}

    def filled(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Its fields with these values in their place; raises Failed for a field it lacks."""
        names = {name for name, _ in self.fields} | set(self.choices)
        lacking = [name for name in values if name not in names]
        if lacking:
            raise Failed(f"the form at {self.action} has no field {lacking}, only {sorted(names)}")
        kept = [(name, value) for name, value in self.fields if name not in values]
        return kept + list(values.items())


class Page(HTMLParser):
    """What a page says and offers: its words, its links, its forms."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.answer, self.url, self.status = answer, answer.url, answer.status_code
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.data: dict[str, str] = {}
        self._link: str | None = None
        self._form: Form | None = None
        self._select: tuple[str, list[str]] | None = None
        self._area: list[str] | None = None
        self._hidden = 0
        if "html" in answer.headers.get("Content-Type", ""):
            self.feed(answer.text)

    @property
    def text(self) -> str:
        """Everything a person reads on the page."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, forms and fields."""
        found = {name: value or "" for name, value in attrs}
        self.data |= {name: value for name, value in found.items() if name.startswith("data-")}
        if tag in ("script", "style"):
            self._hidden += 1
        elif tag == "a" and "href" in found:
            self.links.append((urljoin(self.url, found["href"]), ""))
            self._link = ""
        elif tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get"), self.url)
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, found)

    def _field(self, tag: str, found: dict[str, str]) -> None:
        assert self._form is not None
        name, kind = found.get("name", ""), found.get("type", "text")
        if tag == "select" and name:
            self._select = (name, self._form.choices.setdefault(name, []))
        elif tag == "option" and self._select:
            self._select[1].append(found.get("value", ""))
            if "selected" in found:
                self._form.fields.append((self._select[0], found.get("value", "")))
        elif tag == "textarea" and name:
            self._area = [name, ""]
        elif tag in ("input", "button") and name:
            self._input(name, kind, found)

    def _input(self, name: str, kind: str, found: dict[str, str]) -> None:
        assert self._form is not None
        value = found.get("value", "")
        if kind in ("radio", "checkbox"):
            self._form.choices.setdefault(name, []).append(value or "on")
            if "checked" in found:
                self._form.fields.append((name, value or "on"))
        elif kind in ("file", "submit", "button"):
            self._form.choices.setdefault(name, []).append(value)
        else:
            self._form.fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a":
            self._link = None
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area and self._form:
            self._form.fields.append((self._area[0], self._area[1].strip()))
            self._area = None

    def handle_data(self, data: str) -> None:
        """Note words, outside scripts."""
        if self._hidden:
            return
        if self._area:
            self._area[1] += data
        self.words.append(data)
        if self._link is not None and self.links:
            url, said = self.links[-1]
            self.links[-1] = (url, (said + " " + data.strip()).strip())

    def link(self, words: str) -> str:
        """The address behind the first link whose words contain these."""
        for url, said in self.links:
            if words in said:
                return url
        raise Failed(f"no link says {words!r} at {self.url}")

    def said(self, name: str) -> str:
        """What some element says to scripts in an attribute data-…"""
        if name not in self.data:
            raise Failed(f"nothing says {name} at {self.url}, only {sorted(self.data)}")
        return self.data[name]

    def form(self, part: str) -> Form:
        """The first form whose action contains this part."""
        for form in self.forms:
            if part in form.action:
                return form
        actions = [form.action for form in self.forms]
        raise Failed(f"no form goes to {part!r} at {self.url} ({self.status}), only {actions}")


class Browser:
    """One person's browser with its cookies."""

    def __init__(self, base: str, headers: Mapping[str, str] | None = None) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(headers or {})

    def open(self, path: str, expect: int = 200) -> Page:
        """Go to a page; raises Failed when it does not answer as expected."""
        return self._seen(self.session.get(urljoin(self.base, path), timeout=_TIMEOUT), expect)

    def send(
        self,
        form: Form,
        values: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        expect: int = 200,
    ) -> Page:
        """Fill in and send a form."""
        data = form.filled(values or {})
        if form.method == "GET":
            answer = self.session.get(form.action, params=data, timeout=_TIMEOUT)
        else:
            answer = self.session.post(
                form.action, data=data, files=dict(files) if files else None, timeout=_TIMEOUT
            )
        return self._seen(answer, expect)

    def _seen(self, answer: requests.Response, expect: int) -> Page:
        page = Page(answer)
        if answer.status_code != expect:
            said = page.text[:300] or answer.text[:300]
            raise Failed(f"{answer.url} answered {answer.status_code}, not {expect}: {said}")
        return page


class Service:
    """A JSON API as a stranger calls it."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False
        self.token: str | None = None

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        expect: int = 200,
        key: str | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> Any:
        """Send JSON (or a file), get JSON; raises Failed when it does not answer as expected."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if key:
            headers["Idempotency-Key"] = key
        answer = self.session.request(
            method, f"{self.base}{path}", json=body, files=files, headers=headers, timeout=_TIMEOUT
        )
        if answer.status_code != expect:
            said = answer.text[:400]
            raise Failed(f"{method} {path} answered {answer.status_code}, not {expect}: {said}")
        return answer.json() if answer.content else None

    def fetch(self, path: str) -> bytes:
        """The bytes of a file; raises Failed when there are none."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.session.get(f"{self.base}{path}", headers=headers, timeout=_TIMEOUT)
        if not answer.ok:
            raise Failed(f"GET {path} answered {answer.status_code}: {answer.text[:400]}")
        return answer.content


def eventually(look: Any, what: str, seconds: float = _WAIT_SECONDS) -> Any:
    """Look again and again until there is something; raises Failed when there never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise Failed(f"waited {seconds:.0f} s in vain for {what}")


def fresh_key() -> str:
    """An idempotency key."""
    return uuid.uuid4().hex


def as_json(value: object) -> str:
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False)
