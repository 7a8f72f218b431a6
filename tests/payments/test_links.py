"""A pay link opens one bill for a while, and nothing else."""

from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer

from base import clock, store
from payments import links

BILL = "202611214831075"
DAY = timedelta(days=1)


def test_a_link_leads_to_its_bill() -> None:
    assert links.read("secret", links.issue("secret", BILL, DAY)) == BILL


def test_a_fresh_link_tells_when_it_runs_out() -> None:
    began = clock.now()
    until = links.until(links.issue("secret", BILL, DAY))
    assert began + DAY - timedelta(seconds=1) < until <= clock.now() + DAY


def test_a_link_runs_out(db: store.Database) -> None:
    token = links.issue("secret", BILL, DAY)
    clock.move(db, DAY.total_seconds() + 2)
    with pytest.raises(links.ExpiredLink):
        links.read("secret", token)


@pytest.mark.parametrize("token", ["", "x", "a.b", links.issue("another secret", BILL, DAY)])
def test_a_link_that_is_not_ours_leads_nowhere(token: str) -> None:
    with pytest.raises(links.BadLink):
        links.read("secret", token)


def test_one_changed_sign_spoils_a_link() -> None:
    token = links.issue("secret", BILL, DAY)
    with pytest.raises(links.BadLink):
        links.read("secret", ("x" if token[0] != "x" else "y") + token[1:])


@pytest.mark.parametrize("said", [[], {"bill": BILL}, {"bill": BILL, "until": "soon"}])
def test_a_signed_thing_of_another_shape_is_no_link(said: object) -> None:
    token = URLSafeSerializer("secret", salt="payments.link").dumps(said)
    with pytest.raises(links.BadLink):
        links.read("secret", str(token))
