"""People are told once, in plain words the platform takes, and nothing they are told is lost."""

import string

import pytest

from base import clock
from tracking import fitting, messages, templates

from ..people.threads import at_once
from .platform import takes

KINDS = sorted(templates.kinds())
NEEDED = {
    "case_submitted", "case_supplementing", "case_accepted", "case_declined", "case_approved",
    "case_refused", "case_closed", "bill_issued", "bill_paid", "ticket_received", "ticket_answered",
}  # fmt: skip
TICKET = {"number": "202611214831075", "ticket_kind": "投诉", "day": "2026年12月1日"}


def tell(desk, kind="case_accepted", key="m1", **more):
    case = desk.submit()
    values = messages.about(desk.db, case, **more) if "case" in kind else TICKET | more
    messages.tell(desk.db, key=key, kind=kind, resident=case.resident, values=values)
    return messages.get(desk.db, key)


def everything(desk):
    case = desk.move(desk.submit(), "ask_supplement", note="见下")
    more = {"bill": "202611210000019", "ticket_kind": "咨询", "code": "123456", "words": "您好"}
    return messages.about(desk.db, case, **more)


# The wording


def test_every_kind_that_is_promised_has_its_wording():
    assert set(KINDS) >= NEEDED


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_said_and_fits_its_template(desk, kind):
    messages.tell(desk.db, key=kind, kind=kind, resident="r1", values=everything(desk))
    told = messages.get(desk.db, kind)
    assert all(takes(key, each["value"]) for key, each in told.data.items())
    assert told.title
    assert told.link.startswith("/h5/")
    assert "None" not in told.words + told.link + told.page


@pytest.mark.parametrize("kind", templates.kinds().values(), ids=lambda kind: kind.name)
def test_a_kind_fills_exactly_the_keywords_of_its_template(kind):
    assert set(kind.values) == {keyword.key for keyword in kind.template.keywords}
    asked = {
        field for text in kind.values.values() for _, field, _, _ in string.Formatter().parse(text)
    }
    assert "note" not in asked


@pytest.mark.parametrize("template", templates.templates().values(), ids=lambda each: each.name)
def test_a_template_can_be_registered_with_every_channel(template):
    keys = [keyword.key for keyword in template.keywords]
    assert len(set(keys)) == len(keys)
    assert 2 <= len(keys) <= 5
    assert {len(id) for id in template.ids.values() if id} == {43}
    assert templates.by_id(template.ids["mp"]) == template
    assert templates.by_id("nothing") is None


def test_a_refusal_message_gives_the_reason_and_the_remedies(desk):
    case = desk.move(desk.submit(), "decline", note="不属于本县办理")
    messages.tell(
        desk.db, key="m", kind="case_declined", resident=case.resident,
        values=messages.about(desk.db, case),
    )  # fmt: skip
    told = messages.get(desk.db, "m")
    assert "不属于本县办理" in told.words
    assert "60日内申请行政复议" in told.words


def test_a_request_to_supplement_lists_every_defect(desk):
    listed = [{"material": "photo", "words": "太暗"}, {"material": None, "words": "住址不全"}]
    case = desk.move(desk.submit(), "ask_supplement", defects=listed)
    values = messages.about(desk.db, case)
    messages.tell(desk.db, key="m", kind="case_supplementing", resident="r", values=values)
    told = messages.get(desk.db, "m")
    assert "1. 太暗\n2. 住址不全" in told.words
    assert told.data["thing3"]["value"] == "共2项，点开查看全部内容"


def test_a_message_written_late_still_tells_of_its_own_move(desk):
    case = desk.with_service(pay_when=None).submit()
    for move in ("accept", "approve"):
        case = desk.move(case, move)
    accepted = messages.about(desk.db, case, "case_accepted")
    approved = messages.about(desk.db, case, "case_approved")
    assert (accepted["state"], approved["state"]) == ("办理中", "已批准")
    assert accepted["day"] == case.history[1].due != approved["day"]
    assert messages.about(desk.db, case, "case_submitted")["at"] == case.created
    assert messages.about(desk.db, case) == approved


def test_a_closed_case_invites_to_rate(desk):
    assert "请您打个分" in tell(desk, "case_closed").words


def test_values_are_said_as_people_say_them(desk):
    said = templates.plain(
        {"number": "202611214831075", "amount": 8000, "day": clock.today(), "note": None, "n": 3}
    )
    assert said["number"] == "20261121-483107-5"
    assert said["plain"] == "202611214831075"
    assert (said["amount"], said["note"], said["n"]) == ("80.00", "", "3")
    assert said["day"].endswith("日")
    assert takes("time4", said["at"])


def test_a_wording_that_asks_for_what_is_not_there_fails_at_once(desk):
    with pytest.raises(KeyError):
        messages.tell(desk.db, key="m", kind="bill_paid", resident="r", values={"amount": 1})
    with pytest.raises(fitting.Unfit):
        tell(desk, "bill_paid", **everything(desk) | {"amount": "八十"})
    assert desk.db["messages"].find_one() is None


# The ledger


def test_a_message_is_written_once_however_often_it_is_told(desk):
    at_once(*[lambda: tell(desk)] * 6)
    assert desk.db["messages"].count_documents({}) == 1
    row = desk.db["messages"].find_one()
    assert [each["effect"] for each in row["outbox"].values()] == ["message.send"]


def test_telling_says_whether_it_was_new(desk):
    given = {"key": "m1", "kind": "ticket_received", "resident": "r1", "values": TICKET}
    assert messages.tell(desk.db, **given)
    assert not messages.tell(desk.db, **given)


def test_nothing_a_message_says_is_found_in_the_store(desk):
    case = desk.move(desk.submit(), "decline", note="王小红未到场")
    values = messages.about(desk.db, case)
    messages.tell(desk.db, key="m", kind="case_declined", resident="r1", values=values)
    kept = repr(desk.db["messages"].find_one())
    assert "王小红" not in kept
    assert case.service_name not in kept


def test_a_link_of_its_own_replaces_the_kinds(desk):
    values = TICKET | {"number": "202611214831075"}
    given = {"key": "m1", "kind": "ticket_received", "resident": "r1", "values": values}
    messages.tell(desk.db, **given, link="/h5/x")
    assert messages.get(desk.db, "m1").link == "/h5/x"


def test_an_inbox_is_newest_first_and_read_once_seen(desk):
    for key in ("m1", "m2"):
        tell(desk, key=key)
    mine = desk.resident.id
    assert messages.unread(desk.db, mine) == 2
    found = messages.of(desk.db, mine)
    assert [(each.key, each.read) for each in found] == [("m2", False), ("m1", False)]
    messages.mark_read(desk.db, mine)
    assert messages.unread(desk.db, mine) == 0
    assert messages.of(desk.db, "r-other") == []


def test_a_merged_residents_inbox_follows(desk, li):
    tell(desk)
    messages.rehome(desk.db, desk.resident.id, li.id)
    assert messages.unread(desk.db, li.id) == 1


def test_an_unknown_message_is_missing(desk):
    with pytest.raises(messages.NoSuchMessage):
        messages.get(desk.db, "m9")
