"""An operator's hands in the console: sign in, open, move, answer."""

from collections.abc import Mapping

from .story import Where
from .web import Browser, Failed, Page


class Desk:
    """One operator's browser, signed in."""

    def __init__(self, where: Where, username: str) -> None:
        self.browser = Browser(where.web)
        page = self.browser.open("/console/sign-in")
        known = {"username": username, "password": where.password}
        self.page = self.browser.send(page.form("/console/sign-in"), known)
        if "/sign-in" in self.page.url:
            raise Failed(f"{username} could not sign in: {self.page.text[:200]}")

    def open(self, path: str, expect: int = 200) -> Page:
        """A page of the console."""
        return self.browser.open(f"/console{path}", expect)

    def case(self, number: str) -> Page:
        """The page of a case."""
        return self.open(f"/cases/{plain(number)}")

    def move(self, number: str, name: str, values: Mapping[str, str] | None = None) -> Page:
        """Move a case: fill in the form, read over what will be told, and say yes."""
        action = f"/cases/{plain(number)}/{name}"
        form = self.open(action).form(action)
        page = self.browser.send(form, values or {})
        if any(action in each.action for each in page.forms):
            page = self.browser.send(page.form(action))
        return page

    def force(self, number: str, name: str, values: Mapping[str, str], expect: int) -> Page:
        """Send a move the console does not offer, in the form of one it does: declining."""
        action = f"/cases/{plain(number)}/"
        form = self.open(f"{action}decline").form(f"{action}decline")
        form.action = form.action.removesuffix("decline") + name
        form.fields += [(key, "") for key in ("sure", *values)]
        return self.browser.send(form, {**values, "sure": "yes"}, expect=expect)

    def answer(self, number: str, words: str) -> Page:
        """Answer a consultation or a complaint."""
        action = f"/tickets/{plain(number)}/answer"
        form = self.open(f"/tickets/{plain(number)}").form(action)
        return self.browser.send(form, {"text": words})


def plain(number: str) -> str:
    """A number as addresses have it."""
    return number.replace("-", "")
