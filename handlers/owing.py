"""What I owe."""

from base import money
from payments import bills

from .dialogue import say
from .exchange import Context, Reply, Text

_SHOWN = 5


def mine(context: Context) -> Reply:
    """The resident's open bills with a way to pay each."""
    owed = bills.owed(context.db, context.resident.id)
    if not owed:
        return Text(words=say("bills.none"))
    total = money.yuan(sum(each.total for each in owed))
    lines = [
        say(
            "bills.one",
            title=each.title,
            yuan=money.yuan(each.total),
            link=context.links.bill(each.number),
        )
        for each in owed[:_SHOWN]
    ]
    return Text(words="\n".join([say("bills.head", count=len(owed), yuan=total), *lines]))
