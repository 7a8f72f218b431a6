"""Rules, words and tables agree with one another."""

import pytest

from base import texts
from feedback import grades, moves, rules, triage
from people.roles import RIGHTS


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("我家厨房起火了", ["fire"]),
        ("有人晕 倒，快 不 行 了", ["ambulance"]),
        ("邻居持刀砍人，救命", ["police"]),
        ("工作人员要红包才办", ["integrity"]),
        ("着火了，消防员要红包", ["fire", "integrity"]),
        ("居住证怎么办", []),
        ("", []),
    ],
)
def test_what_cannot_wait_is_heard(text, heard):
    assert [alarm.key for alarm in triage.hear(text)] == heard


def test_an_alarm_names_the_number_to_call():
    for sign in rules.signs():
        (alarm,) = triage.hear(sign.words[0])
        assert alarm.call in alarm.advice


@pytest.mark.parametrize("kind", rules.KINDS)
def test_every_category_has_a_name_and_a_rule(kind):
    assert set(rules.categories(kind)) == texts.table(f"feedback.categories.{kind}").keys()
    for category in rules.categories(kind):
        assert rules.rule(kind, category).days > 0
        assert "other" in rules.categories(kind)


def test_every_grade_tag_state_and_move_has_a_name():
    assert texts.table("feedback.grades").keys() == set(grades.GRADES)
    tags = {tag for of_mood in rules.tags().values() for tag in of_mood}
    assert texts.table("feedback.tags").keys() == tags
    assert texts.table("feedback.states").keys() == set(moves.STATES)
    assert moves.MOVES.keys() < texts.table("feedback.moves").keys()
    assert {move.right for move in moves.MOVES.values()} - {moves.RESIDENT} <= RIGHTS


@pytest.mark.parametrize(
    ("grade", "tags", "words"),
    [
        ("5", (), ""),
        ("satisfied", ("unknown",), ""),
        ("satisfied", ("fast", "fast"), ""),
        ("satisfied", (), "长" * 501),
    ],
)
def test_what_is_no_rating_is_refused(grade, tags, words):
    with pytest.raises(grades.RatingInvalid):
        grades.check(grade, tags, words)
