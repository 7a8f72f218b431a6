"""What I owe."""

from datetime import date

from base import clock, money
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
    lines = [_line(context, each) for each in owed[:_SHOWN]]
    return Text(words="\n".join([say("bills.head", count=len(owed), yuan=total), *lines]))


def _line(context: Context, bill: bills.Bill) -> str:
    """What is owed, until when, and the way to pay it."""
    last = date.fromisoformat(bill.payable_by)
    return say(
        "bills.one" if last >= clock.today() else "bills.late",
        title=bill.title,
        yuan=money.yuan(bill.total),
        month=last.month,
        day=last.day,
        link=context.links.bill(bill.number),
    )
