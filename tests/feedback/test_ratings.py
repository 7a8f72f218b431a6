"""A finished case is rated once, by its own resident."""

from dataclasses import dataclass

import pytest

from base import audit
from feedback import grades, ratings, store
from tests.people.threads import at_once

from .conftest import LI, WANG


@dataclass(frozen=True)
class Case:
    number: str = "202611211234567"
    resident: str = WANG
    service: str = "residence_permit"
    agency: str = "police"
    rateable: bool = True


def test_a_rating_is_kept_with_its_words_sealed(db):
    rating = ratings.rate_case(db, Case(), WANG, "satisfied", ["fast"], " 挺快 ")
    assert (rating.grade, rating.tags, rating.bad, rating.has_words) == (
        "satisfied",
        ("fast",),
        False,
        True,
    )
    assert ratings.is_rated(db, rating.case)
    assert "挺快" not in repr(store.ratings(db).find_one())


def test_a_case_is_rated_once(db):
    came = at_once(*[lambda: ratings.rate_case(db, Case(), WANG, "satisfied")] * 4)
    assert sum(isinstance(each, ratings.Rating) for each in came) == 1
    assert sum(isinstance(each, ratings.AlreadyRated) for each in came) == 3


def test_a_bad_grade_promises_that_somebody_looks(db):
    ratings.rate_case(db, Case(), WANG, "very_dissatisfied", ["slow"])
    (owed,) = store.ratings(db).find_one()["outbox"].values()
    assert (owed["effect"], owed["data"]) == ("rating.bad", {"of": "case", "number": Case.number})
    assert [each.case for each in ratings.bad(db, None)] == [Case.number]
    assert [each.case for each in ratings.bad(db, "police")] == [Case.number]
    assert ratings.bad(db, "civil_affairs") == []


@pytest.mark.parametrize("case", [Case(rateable=False), Case(resident=LI)])
def test_an_open_case_or_anothers_is_not_rated(db, case):
    with pytest.raises(ratings.NotRateable):
        ratings.rate_case(db, case, WANG, "satisfied")


def test_an_unknown_grade_is_no_rating(db):
    with pytest.raises(grades.RatingInvalid):
        ratings.rate_case(db, Case(), WANG, "5")
    with pytest.raises(ratings.NoSuchRating):
        ratings.get(db, Case.number)


def test_only_others_looks_at_the_words_are_recorded(db):
    ratings.rate_case(db, Case(), WANG, "satisfied", words="挺快")
    assert ratings.words(db, Case.number, f"resident:{WANG}", "own") == "挺快"
    assert audit.of_subject(db, f"case:{Case.number}") == []
    ratings.words(db, Case.number, "operator:zhao", "review")
    assert len(audit.of_subject(db, f"case:{Case.number}")) == 1


def test_a_rating_without_words_has_none(db):
    ratings.rate_case(db, Case(), WANG, "satisfied")
    assert ratings.words(db, Case.number, "system", "test") is None


def test_ratings_follow_a_merged_resident(db):
    ratings.rate_case(db, Case(), WANG, "satisfied")
    ratings.rehome(db, WANG, LI)
    assert ratings.get(db, Case.number).resident == LI
