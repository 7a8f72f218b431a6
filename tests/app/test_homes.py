"""Merging residents: what is written under an old id in that very moment comes home as well."""

import secrets

import pytest

from app import homes
from feedback import tickets
from payments import bills
from people import merging, residents
from tests.feedback.conftest import COUNTY
from tests.people.crashing import Meanwhile
from tracking import cases, messages


@pytest.fixture
def pair(db, wang, li):
    """(who stays, who goes), not merged yet."""
    return sorted((wang.id, li.id))


def everything(db, id):
    """How much of each kind lies under an id."""
    rows = dict.fromkeys(("cases", "bills", "tickets", "messages", "accounts"), "resident")
    rows["files.files"] = "metadata.owner"
    return {name: db[name].count_documents({key: id}) for name, key in rows.items()}


def applied(town, id):
    """Somebody with a case, a bill, a ticket and messages."""
    found = residents.get(town.db, id)
    town.desk.resident = town.desk.resident.__class__(**vars(found) | {"level": 2})
    case = town.charged("submit")
    tickets.ask(town.db, resident=id, text="几天？", key=secrets.token_hex(8))
    return case


def test_everything_of_a_merged_resident_comes_home(town, pair):
    stays, goes = pair
    applied(town, goes)
    town.keep()
    merging.unite(town.db, *pair)
    town.keep()
    assert set(everything(town.db, goes).values()) == {0}
    assert set(everything(town.db, stays)) == set(everything(town.db, goes))
    assert "case_submitted" in town.told(stays)


def test_what_is_filed_while_its_resident_merges_comes_home(town, pair):
    stays, goes = pair
    merging.unite(town.db, *pair)
    town.keep()
    case = applied(town, goes)
    town.keep()
    assert set(everything(town.db, goes).values()) == {0}
    assert cases.owned(town.db, case.number, stays)
    assert len(bills.owed(town.db, stays)) == len(tickets.of(town.db, stays)) == 1
    assert {"bill_issued", "case_submitted", "ticket_received"} <= set(town.told(stays))


def test_a_message_written_under_an_old_id_comes_home_when_it_is_sent(town, pair):
    stays, goes = pair
    merging.unite(town.db, *pair)
    town.keep()
    values = {"number": "202611214831075", "ticket_kind": "咨询", "day": "2026-12-01"}
    messages.tell(town.db, key="k", kind="ticket_received", resident=goes, values=values)
    town.keep()
    assert "ticket_received" in town.told(stays)


def test_mergers_told_in_the_wrong_order_all_lead_home(town, db):
    accounts = (residents.Account("mp", "wx-mp", secrets.token_hex(8)) for _ in range(3))
    first, second, third = sorted(residents.arrive(db, each).id for each in accounts)
    applied(town, third)
    merging.unite(db, second, third)
    merging.unite(db, first, second)
    town.effect("resident.merged", **{"from": second, "into": first})
    town.effect("resident.merged", **{"from": third, "into": second})
    assert set(everything(db, second).values()) == set(everything(db, third).values()) == {0}


def test_who_takes_over_may_be_merged_meanwhile(town, db):
    accounts = (residents.Account("mp", "wx-mp", secrets.token_hex(8)) for _ in range(3))
    first, second, third = sorted(residents.arrive(db, each).id for each in accounts)
    applied(town, third)
    merging.unite(db, second, third)

    def unite():
        merging.unite(db, first, second)
        town.effect("resident.merged", **{"from": second, "into": first})

    meanwhile = Meanwhile(db, "cases", "update_many", unite)
    homes.find(meanwhile, third)
    assert meanwhile.act is None
    assert len(cases.of(db, first)) == 1


def test_a_second_tap_after_a_merger_finds_the_first_case_and_ticket(town, pair, wang, li):
    stays, goes = pair
    by_id = {each.id: each for each in (wang, li)}
    town.desk.resident = by_id[goes]
    first = town.desk.submit("tap-00001")
    asked = tickets.ask(town.db, resident=goes, text="几天？", key="tap-00002")
    merging.unite(town.db, *pair)
    town.keep()
    town.desk.resident = by_id[stays]
    assert town.desk.submit("tap-00001", files={}).number == first.number
    again = tickets.ask(town.db, resident=stays, text="几天？", key="tap-00002")
    assert again.number == asked.number


def test_an_answer_is_told_once_however_the_ticket_changes_afterwards(town, wang):
    ticket = tickets.ask(town.db, resident=wang.id, text="几天？", key="tap-00001")
    tickets.answer(town.db, ticket.number, COUNTY, "三天")
    town.keep()
    tickets.rate(town.db, ticket.number, wang.id, "satisfied")
    town.effect("ticket.answered", number=ticket.number)
    assert town.told().count("ticket_answered") == 1
