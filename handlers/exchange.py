"""What an answer is given and what it gives back: Message, Context, Reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal
from urllib.parse import quote

from base.outbox import Promise
from base.store import Database
from people import residents
from people.residents import Account, Resident

from . import store
from .store import DialogueRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message or event as WeChat pushed it, freed of its envelope.

    `kind` is the MsgType and `event` the Event, both in small letters; every scalar in `fields` is
    text, every key stripped, `List`, `item` and `detail` always lists.
    """

    identity: str
    account: Literal["oa", "mp"]
    sender: str
    recipient: str
    kind: str
    event: str
    created: int
    fields: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """One field as text; absent or nested is the empty string."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    @property
    def words(self) -> str:
        """What the resident said: text written, or speech the platform recognised."""
        return (self.text("Content") or self.text("Recognition")).strip()

    @property
    def moment(self) -> datetime:
        """When it happened, by the platform's clock, to the second."""
        return datetime.fromtimestamp(self.created, UTC)

    @property
    def scene(self) -> str:
        """The scene value of a scanned code, without the platform's prefix."""
        return self.text("EventKey").removeprefix("qrscene_")


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the resident's pages, under the public URL."""

    base: str

    def home(self) -> str:
        """The first page."""
        return f"{self.base}/h5/"

    def service(self, key: str) -> str:
        """The guide of one service, from which an application starts."""
        return f"{self.base}/h5/services/{quote(key, safe='')}"

    def form(self, key: str) -> str:
        """The form of one service, where an application begins."""
        return f"{self.service(key)}/apply"

    def places(self) -> str:
        """Where to go in person."""
        return f"{self.base}/h5/places"

    def companies(self) -> str:
        """The companies one may act for."""
        return f"{self.base}/h5/companies"

    def cases(self) -> str:
        """The list of the resident's own cases."""
        return f"{self.base}/h5/cases"

    def case(self, number: str) -> str:
        """One case."""
        return f"{self.base}/h5/cases/{number}"

    def bill(self, number: str) -> str:
        """One bill, where it is paid."""
        return f"{self.base}/h5/bills/{number}"

    def ticket(self, number: str) -> str:
        """One consultation or complaint."""
        return f"{self.base}/h5/tickets/{number}"


@dataclass(frozen=True)
class Context:
    """What an answer may use: the store, who is speaking from which account, when, and links.

    Whatever is read from the store is read when it is first asked for, and once.
    """

    db: Database
    account: Account
    message: Message
    links: Links
    now: datetime

    @cached_property
    def resident(self) -> Resident:
        """Whoever speaks: she arrives when an answer first asks for her.

        Raises residents.NoSuchAccount when she has left since she spoke; that is met with silence.
        """
        return residents.meet(self.db, self.account, self.message.moment)

    @cached_property
    def chat(self) -> DialogueRow | None:
        """What is kept of this chat: a conversation under way, words that are yet to be shown."""
        return store.dialogue(self.db, self.account.key)

    def presume(self, chat: DialogueRow | None) -> None:
        """Take this for what is kept of the chat; whoever has not read it must prove it."""
        vars(self)["chat"] = chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the resident is answered; `after` are promises kept once the answer is stored.

    `more` are words that follow in a message of their own.
    """

    after: tuple[Promise, ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Reply):
    """Nothing is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Reply):
    """Plain words."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(Reply):
    """One card with a title, a few words and a page behind it."""

    title: str
    words: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Reply):
    """The conversation goes over to human staff in WeChat's customer-service client."""
