"""The simulated world as a walker uses it: people with phones, and what they receive."""

import secrets
from collections.abc import Callable
from typing import Any

from .web import Browser, Failed, Service, eventually

Line = dict[str, Any]
_CARDS = ("template", "subscription")


class Simulator(Service):
    """The simulator's control API."""

    def __init__(self, base: str) -> None:
        super().__init__(f"{base.rstrip('/')}/control/v1")

    def person(self, name: str, **given: Any) -> "Person":
        """Somebody new, with a phone in the hand."""
        return Person(self, self.call("POST", "/people", {"name": name, **given}, expect=201))

    def notice(self, wallet: str, order: str, kind: str) -> dict[str, Any]:
        """Bring a notice of a wallet, true or untrue; the {status, body} it was answered with."""
        told = {"out_trade_no": order, "kind": kind}
        answer: dict[str, Any] = self.call("POST", f"/wallets/{wallet}/notify", told)
        return answer


class Person:
    """One resident: who she is, what she does in WeChat, what her phone shows."""

    def __init__(self, simulator: Simulator, shown: dict[str, Any]) -> None:
        self.simulator, self.id = simulator, str(shown["id"])
        self.name, self.id_number = str(shown["name"]), str(shown["id_number"])
        self.phone = str(shown["phone"])

    def act(self, what: str, **told: Any) -> dict[str, Any]:
        """Do something in WeChat: follow, scan, text, voice, location, menu, subscribe, …"""
        done: dict[str, Any] = self.simulator.call("POST", f"/people/{self.id}/{what}", told)
        return done

    def code(self, purpose: str) -> str:
        """A one-time code of wx.login or of the phone button."""
        return str(self.act(f"{purpose}-code")["code"])

    def chat(self, since: int = 0) -> list[Line]:
        """The lines of her chat after one."""
        asked = self.simulator.call("GET", f"/people/{self.id}/chat?since={since}")
        lines: list[Line] = asked["lines"]
        return lines

    def asks(self, what: str, **told: Any) -> str:
        """Do something in the chat and read what the account says to it at once."""
        last = max((line["n"] for line in self.chat()), default=0)
        self.act(what, **told)
        said = [line for line in self.chat(last) if line["side"] == "account"]
        if not said:
            raise Failed(f"no answer to {what} {told}")
        return "\n".join(str(line.get("text", line)) for line in said)

    def cards(self, *words: str) -> list[Line]:
        """The template cards on her phone that bear all of these words."""
        return [
            line
            for line in self.chat()
            if line["kind"] in _CARDS and all(word in _read(line) for word in words)
        ]

    def told(self, *words: str) -> Line:
        """The one card with these words, once it has come; raises Failed when it came twice."""
        found: list[Line] = eventually(lambda: self.cards(*words), f"a card saying {words}")
        if len(found) > 1:
            raise Failed(f"{len(found)} cards say {words}")
        return found[0]


def _read(card: Line) -> str:
    """What is written on a card."""
    values = (str(field["value"]) for field in card["fields"])
    return "\n".join([str(card["title"]), *values])


class Phone:
    """A person's two browsers: WeChat's web view, and the one outside it."""

    def __init__(self, person: Person, port: int) -> None:
        self.person = person
        self.inside = Browser(f"http://127.0.0.1:{port}")
        self.outside = Browser(f"http://localhost:{port}")
        for browser in (self.inside, self.outside):
            browser.session.cookies.set("phone_person", person.id)


def unheard_of(surnames: list[str], given: list[str]) -> str:
    """A name that nobody else bears."""
    pick: Callable[[list[str]], str] = secrets.choice
    return pick(surnames) + pick(given) + pick(given)
