"""A message is sent by the templates it was written for, whatever the table says by then."""

import pytest

from app import sending
from base import clock
from base.errors import Unreachable
from people import residents
from people.residents import Account
from tracking import messages, templates, ways

from .telling import SUBSCRIBE, TEMPLATE, alice, progress, tell, told, twin

__all__ = ["alice", "twin"]

TICKET = {"number": "202611214831075", "ticket_kind": "投诉", "day": "2026-12-01"}
CACHED = (templates._table, templates.templates, templates.kinds, templates.texts_by_phone)


@pytest.fixture
def change(tmp_path, monkeypatch):
    """Replace words of the table, as an update of the county's does, and start again with it."""
    other = tmp_path / "messages.toml"
    other.write_text(templates.FILE.read_text("utf-8"), "utf-8")

    def changed(*pairs):
        table = other.read_text("utf-8")
        for old, new in pairs:
            assert old in table
            table = table.replace(old, new)
        other.write_text(table, "utf-8")
        forget()

    monkeypatch.setattr(templates, "FILE", other)
    yield changed
    forget()


def forget():
    for known in CACHED:
        known.cache_clear()


def reasons(db, key="k1"):
    return [(each["channel"], each["reason"]) for each in told(db, key).row["history"]]


@pytest.fixture
def letter(db):
    """A message to somebody who has only a telephone."""
    carol = residents.arrive(db, Account("oa", "wxoa", "carol"))
    residents.set_phone(db, carol.id, "13900000000")
    messages.tell(db, key="k1", kind="ticket_answered", resident=carol.id, values=TICKET)
    return carol


def test_the_ledger_keeps_template_and_version_of_what_was_told(db, alice, change):
    tell(db, alice)
    change(('title = "办件进度通知"', 'title = "进度通知"'))
    tell(db, alice, "k2")
    first, second = (told(db, key).row["template"] for key in ("k1", "k2"))
    assert first["version"] != second["version"] == progress_version()
    assert first["ways"] == second["ways"]
    assert first["ways"][0] == {"channel": "mp", "template": progress("mp")}
    assert [each["channel"] for each in first["ways"]] == ["mp", "oa", "biz", "sms"]
    assert first["ways"][3]["template"] is None


def progress_version():
    return templates.templates()["progress"].version()


def test_a_template_whose_id_was_replaced_is_passed_by(runtime, platform, db, twin, change):
    old = progress("mp")
    tell(db, twin)
    change((old, "mp_another"))
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, "k1")
    assert platform.asked[SUBSCRIBE] == 0
    assert reasons(db)[0] == ("mp", "template_changed")
    assert (told(db).state, told(db).channel) == ("sent", "oa")


def test_a_kind_given_another_template_leaves_what_was_told_with_its_own(
    runtime, platform, db, alice, change
):
    old = progress("oa")
    tell(db, alice)
    change(
        ('template = "progress"\nvalues = {thing1 = "{service}"', MOVED),
        ("[templates.supplement]", ANOTHER),
    )
    assert templates.kinds()["case_submitted"].template.name == "moved"
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, "k1")
    sent = platform.bodies[-1][2]
    assert (sent["template_id"], sent["data"]["thing5"]["value"]) == (
        old,
        "2026年12月1日前答复是否受理",
    )


MOVED = 'template = "moved"\nvalues = {thing9 = "{service}"'
ANOTHER = """[templates.moved]
oa_id = "oa_moved"
title = "办件动态"
long_term = true
keywords = [{key = "thing9", label = "事项名称"}]

[templates.supplement]"""


def test_keys_that_were_changed_under_an_id_are_not_filled_with_others(
    runtime, platform, db, twin, change
):
    tell(db, twin)
    change(
        ('{key = "thing5", label = "温馨提示"}', '{key = "thing6", label = "温馨提示"}'),
        ("thing5 = ", "thing6 = "),
    )
    sending.deliver(runtime, "k1")
    assert not platform.bodies
    assert {reason for _, reason in reasons(db)[:3]} == {"template_changed"}
    assert (told(db).state, told(db).channel) == ("given_up", "inbox")


def test_a_word_that_is_no_choice_any_more_is_not_sent():
    template = templates.Template(
        "t", {}, "t", (templates.Keyword("const1", "结果", ("通过", "其他")),), long_term=True
    )
    assert template.takes({"const1": {"value": "通过"}})
    assert not template.takes({"const1": {"value": "驳回"}})


@pytest.mark.parametrize("kept", [True, False])
def test_a_kind_that_is_no_more_is_no_fault(runtime, platform, db, alice, change, kept):
    tell(db, alice)
    if not kept:
        db["messages"].update_one({"_id": "k1"}, {"$unset": {"template": "", "about": ""}})
    change(("[kinds.case_submitted]", "[kinds.case_handed_in]"))
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, "k1")
    found = told(db)
    if kept:
        assert (found.state, found.channel) == ("sent", "oa")
        return
    assert (found.state, found.channel) == ("given_up", "inbox")
    assert reasons(db)[:4] == [(each, "template_changed") for each in templates.channels()]


def test_a_message_without_a_kept_template_goes_by_the_present_one(runtime, platform, db, alice):
    tell(db, alice)
    db["messages"].update_one({"_id": "k1"}, {"$unset": {"template": "", "about": ""}})
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    sending.deliver(runtime, "k1")
    assert platform.bodies[-1][2]["template_id"] == progress("oa")
    assert told(db).about == "k1"


def test_what_may_have_been_sent_by_a_lost_template_stays_in_doubt(
    runtime, platform, db, twin, change
):
    platform.answers[SUBSCRIBE] = (502, b"<html>")
    with pytest.raises(Unreachable):
        sending.deliver(runtime, tell(db, twin))
    change((progress("mp"), "mp_another"))
    clock.move(db, 6 * 60)
    sending.deliver(runtime, "k1")
    assert (told(db).state, told(db).channel) == ("unknown", "mp")
    assert sum(platform.asked[path] for path in (SUBSCRIBE, TEMPLATE)) == 1


def texted(db, letter):
    """The way of a text message: why it is closed, and its template."""
    found = ways.of(told(db), residents.reach(db, letter.id), sms=True)
    return next((way.closed, way.template) for way in found if way.channel == "sms")


def test_a_text_goes_by_its_own_template_though_its_kind_has_another(db, letter, change):
    change(
        (
            'sms = "letter"\nsms_values = ["{ticket_kind}", "{number}"]',
            'sms = "security"\nsms_values = ["{at}"]',
        )
    )
    assert texted(db, letter) == (None, "2100003")
    assert told(db).parameters == ["投诉", "20261121-483107-5"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "2100003"', 'id = "2100099"'),
        ("您的{1}（受理编号{2}）有答复了", "您的{1}（受理编号{2}）于{3}有答复了"),
    ],
)
def test_a_text_is_not_filled_with_what_another_was_told(db, letter, change, old, new):
    change((old, new))
    assert texted(db, letter) == ("template_changed", "")
