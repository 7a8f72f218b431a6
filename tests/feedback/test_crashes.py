"""A filing killed before any write whatever is one ticket with its picture at the next try."""

from base import files
from feedback import tickets
from tests.people.crashing import dies

from .conftest import WANG
from .test_tickets import picture


def test_a_filing_killed_anywhere_is_one_ticket_at_the_next_try(db):
    for after in range(10):
        file = picture(db)
        given = {"resident": WANG, "text": "有坑", "key": f"tap-{after:05}", "files": [file.id]}
        killed = dies(lambda d, g=given: tickets.complain(d, **g), db, after)
        ticket = tickets.complain(db, **given)
        assert ticket.files == (file.id,)
        assert files.get(db, file.id).attached is not None
        assert len(tickets.of(db, WANG, limit=50)) == after + 1
        if not killed:
            break
    assert after == 3
