"""Words that could not be sent are shown with one answer, which every copy of its message gets."""

from base import clock
from handlers import unsaid
from handlers.exchange import Text
from tests.people.crashing import Meanwhile

from .conftest import context, told

ANSWER = Text(words="好")


def asking(db, identity):
    return context(db, told("你好", "alice", identity, {}))


def left(db, *words):
    for each in words:
        unsaid.keep(db, "oa:alice", f"id-{each}", each, clock.now())


def test_two_copies_of_one_message_at_once_are_shown_the_same(db):
    left(db, "请补材料")
    first = []
    claim = Meanwhile(
        db,
        "dialogues",
        "update_one",
        lambda: first.append(unsaid.show(asking(db, "m1"), ANSWER)),
    )
    second = unsaid.show(asking(claim, "m1"), ANSWER)

    assert first == [second]
    assert "请补材料" in second.words


def test_another_message_at_once_is_shown_nothing_of_it(db):
    left(db, "请补材料")
    claim = Meanwhile(db, "dialogues", "update_one", lambda: unsaid.show(asking(db, "m1"), ANSWER))

    assert unsaid.show(asking(claim, "m2"), ANSWER) == ANSWER


def test_words_left_at_that_very_moment_wait_for_the_next_message(db):
    left(db, "请补材料")
    late = Meanwhile(db, "dialogues", "update_one", lambda: left(db, "再来一趟"))
    unsaid.show(asking(late, "m1"), ANSWER)

    shown = unsaid.show(asking(db, "m2"), ANSWER).words
    assert ("请补材料" in shown, "再来一趟" in shown) == (True, True)
