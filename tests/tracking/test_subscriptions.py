"""A consent counts once, a credit is spent once, and given back when nothing was sent."""

import secrets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from base import clock
from tracking import subscriptions, templates

from ..people.threads import at_once

LONG_TERM = templates.templates()["progress"].ids["mp"]
_WINDOW = subscriptions.WINDOW.total_seconds()
TEMPLATE = templates.templates()["ticket"].ids["mp"]


@pytest.fixture(autouse=True)
def county(tmp_path, monkeypatch):
    """A county whose ticket template is one-time, and all others are long-term."""
    other = tmp_path / "messages.toml"
    before, ticket = templates.FILE.read_text("utf-8").split("[templates.ticket]")
    ticket = ticket.replace("long_term = true", "long_term = false")
    other.write_text(f"{before}[templates.ticket]{ticket}", "utf-8")
    monkeypatch.setattr(templates, "FILE", other)
    forget()
    yield
    forget()


def forget():
    for known in (templates._table, templates.templates, templates.kinds):
        known.cache_clear()


def credit(db, report, source="client", openid="o1", template=TEMPLATE):
    subscriptions.credit(db, openid, template, source=source, report=report)


def left(db):
    return subscriptions.left(db, "o1", TEMPLATE)


def test_one_consent_reported_from_both_sides_counts_once(db):
    credit(db, "popup-1")
    credit(db, "event-1", "popup")
    assert left(db) == 1
    credit(db, "event-2", "popup")
    credit(db, "popup-2")
    assert left(db) == 2


def test_the_same_report_repeated_counts_once(db):
    at_once(*[lambda: credit(db, "popup-1")] * 8)
    assert left(db) == 1


def test_both_reports_at_the_same_moment_count_once(db):
    for n in range(4):
        at_once(lambda n=n: credit(db, f"c{n}"), lambda n=n: credit(db, f"e{n}", "popup"))
        assert left(db) == n + 1


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(["client", "popup"]), max_size=12))
def test_credits_are_the_larger_count_of_the_two_sides(db, reports):
    openid = secrets.token_hex(8)
    for place, source in enumerate(reports):
        credit(db, f"r{place}", source, openid)
    counted = subscriptions.left(db, openid, TEMPLATE)
    assert counted == max(reports.count("client"), reports.count("popup"))


def test_a_template_that_is_none_of_ours_is_not_counted(db):
    credit(db, "popup-1", template="invented")
    assert db["credits"].find_one() is None
    assert subscriptions.left(db, "o1", "invented") == 0


def test_one_credit_sends_one_message_however_many_ask(db):
    credit(db, "popup-1")
    won = at_once(*[lambda n=n: subscriptions.spend(db, "o1", TEMPLATE, f"m{n}") for n in range(8)])
    assert sorted(won) == [False] * 7 + [True]
    assert left(db) == 0


def test_a_message_tried_again_keeps_the_credit_it_took(db):
    credit(db, "popup-1")
    assert subscriptions.spend(db, "o1", TEMPLATE, "m1")
    assert subscriptions.spend(db, "o1", TEMPLATE, "m1")
    assert not subscriptions.spend(db, "o1", TEMPLATE, "m2")


def test_a_message_certainly_not_sent_gives_its_credit_back_once(db):
    credit(db, "popup-1")
    subscriptions.spend(db, "o1", TEMPLATE, "m1")
    at_once(*[lambda: subscriptions.restore(db, "o1", TEMPLATE, "m1")] * 4)
    assert left(db) == 1
    assert subscriptions.spend(db, "o1", TEMPLATE, "m2")


def test_a_refusal_by_the_platform_empties_the_purse(db):
    credit(db, "popup-1")
    credit(db, "popup-2")
    subscriptions.spend(db, "o1", TEMPLATE, "m1")
    subscriptions.empty(db, "o1", TEMPLATE)
    assert not subscriptions.spend(db, "o1", TEMPLATE, "m1")
    assert left(db) == 0


def test_a_long_term_consent_is_not_used_up(db):
    assert not subscriptions.spend(db, "o1", LONG_TERM, "m0")
    credit(db, "popup-1", template=LONG_TERM)
    assert all(subscriptions.spend(db, "o1", LONG_TERM, f"m{n}") for n in range(3))
    subscriptions.empty(db, "o1", LONG_TERM)
    assert not subscriptions.spend(db, "o1", LONG_TERM, "m4")


def moment(told):
    """A moment of the platform's clock, so many seconds about now."""
    return int(clock.now().timestamp()) + told - 1000


def refuse(db, report, told):
    subscriptions.refuse(db, "o1", TEMPLATE, report=report, told=moment(told))


def consent(db, report, told):
    given = {"source": "popup", "report": report, "told": moment(told)}
    subscriptions.credit(db, "o1", TEMPLATE, **given)


@pytest.fixture
def later(db):
    """Let so many seconds pass."""
    yield lambda seconds: clock.move(db, seconds)
    clock.move(db, 0)


@pytest.mark.parametrize("first", ["client", "popup"])
def test_a_report_that_was_lost_swallows_no_later_consent(db, later, first):
    second = {"client": "popup", "popup": "client"}[first]
    credit(db, "r1", first)
    later(_WINDOW + 1)
    credit(db, "r2", second)
    assert left(db) == 2
    credit(db, "r3", first)
    assert left(db) == 2


@pytest.mark.parametrize("first", ["client", "popup"])
def test_one_consent_whose_reports_are_some_minutes_apart_counts_once(db, later, first):
    credit(db, "r1", first)
    later(_WINDOW - 1)
    credit(db, "r2", {"client": "popup", "popup": "client"}[first])
    assert left(db) == 1


def test_an_event_read_hours_late_is_still_the_one_of_its_own_moment(db, later):
    told = moment(1000)
    credit(db, "r1")
    later(7200)
    given = {"source": "popup", "report": "e1", "told": told}
    subscriptions.credit(db, "o1", TEMPLATE, **given)
    assert left(db) == 1


def test_an_event_read_hours_late_does_not_part_the_reports_of_another_consent(db, later):
    old = {"source": "popup", "report": "e1", "told": moment(1000)}
    later(7200)
    credit(db, "r2")
    subscriptions.credit(db, "o1", TEMPLATE, **old)
    consent(db, "e2", told=1000)
    assert left(db) == 2


def test_what_a_refusal_has_taken_swallows_no_consent_given_after_it(db):
    credit(db, "r1")
    refuse(db, "e2", told=1003)
    consent(db, "e3", told=1004)
    assert left(db) == 1


def test_what_the_platform_knows_nothing_of_swallows_no_consent_given_after_it(db):
    credit(db, "r1")
    subscriptions.empty(db, "o1", TEMPLATE)
    consent(db, "e2", told=1001)
    assert left(db) == 1


def test_a_second_consent_in_the_window_counts_whichever_report_of_it_comes_first(db):
    for source in ("client", "client", "popup", "popup", "popup", "client"):
        credit(db, secrets.token_hex(4), source)
    assert left(db) == 3


def test_a_refusal_that_comes_after_a_later_consent_takes_nothing(db):
    consent(db, "e1", told=1003)
    refuse(db, "e2", told=1000)
    assert left(db) == 1
    refuse(db, "e3", told=1004)
    assert left(db) == 0


def test_a_consent_that_comes_after_a_later_refusal_counts_nothing_from_either_side(db):
    refuse(db, "e1", told=1003)
    consent(db, "e2", told=1000)
    credit(db, "popup-2")
    assert left(db) == 0
    consent(db, "e3", told=1003)
    assert left(db) == 1


def test_a_refusal_counts_once_and_leaves_a_message_under_way_its_credit(db):
    consent(db, "e1", told=1000)
    assert subscriptions.spend(db, "o1", TEMPLATE, "m1")
    refuse(db, "e2", told=1003)
    consent(db, "e3", told=1003)
    refuse(db, "e2", told=1003)
    assert left(db) == 1
    assert subscriptions.spend(db, "o1", TEMPLATE, "m1")
    assert left(db) == 1


def test_consent_and_refusal_at_the_same_moment_are_both_counted(db):
    for n in range(4):
        at_once(lambda n=n: consent(db, f"c{n}", n + 1), lambda n=n: refuse(db, f"r{n}", n + 1))
        assert len(db["credits"].find_one()["reports"]) == 2 * n + 2
    refuse(db, "r9", 9)
    assert left(db) == 0


def test_an_account_that_leaves_is_forgotten_and_was_never_named(db):
    credit(db, "popup-1", openid="o-secret")
    assert "o-secret" not in repr(list(db["credits"].find()))
    subscriptions.forget(db, "o-secret")
    assert db["credits"].find_one() is None
