"""Residents for the pages: one who is new, one who is known by name, and somebody else."""

import pytest

from .phone import Phone


@pytest.fixture
def newcomer(town):
    """Signed in through WeChat, and nothing more."""
    phone = Phone(town, town.person(follow=True))
    phone.sign_in()
    return phone


def known(town):
    person, token = town.citizen()
    phone = Phone(town, person)
    phone.token = token
    phone.sign_in()
    return phone


@pytest.fixture
def citizen(town):
    """Agreed, verified, with a phone number; signed in on the pages."""
    return known(town)


@pytest.fixture
def other(town):
    """Somebody else altogether."""
    return known(town)
