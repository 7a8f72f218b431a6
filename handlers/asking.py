"""Ask a question: the next message becomes a consultation ticket."""

from types import MappingProxyType

from feedback import tickets
from feedback.tickets import Ticket

from .dialogue import Heard, State, Topics, begin, say
from .exchange import Context, Reply, Text


def start(context: Context) -> Reply:
    """Invite the question."""
    return begin(context, "ask", "question", "ask.question")


def _question(context: Context, state: State) -> Heard:
    """File what was asked, once per message: other words after a crash are another question."""
    words, key = context.message.words, context.message.identity
    if not words:
        return Text(words=say("ask.more_words")), state
    ticket = tickets.ask(
        context.db, resident=context.resident.id, text=words, key=key, channel="chat"
    )
    return Text(words=filed("ask.done", context, ticket)), None


def filed(key: str, context: Context, ticket: Ticket) -> str:
    """What a resident is told of a ticket just filed."""
    return say(
        key,
        number=ticket.spoken,
        month=ticket.due_day.month,
        day=ticket.due_day.day,
        link=context.links.ticket(ticket.number),
    )


TOPICS: Topics = MappingProxyType({"ask": {"question": _question}})
