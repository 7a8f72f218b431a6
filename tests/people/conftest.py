"""Three people everybody meets in these tests."""

import secrets

import pytest

from base.identity_numbers import id_check_digit
from people import residents


def someone(kind="mp", unionid=None, openid=None):
    return residents.Account(kind, f"wx-{kind}", openid or secrets.token_hex(14), unionid)


def id_number(body="34182119900307001"):
    return body + id_check_digit(body)


WANG, LI = id_number("34182119900307001"), id_number("34252219851121002")


def agrees(name, number):
    return None


@pytest.fixture
def wang(db):
    return residents.arrive(db, someone())


@pytest.fixture
def verified_wang(db, wang):
    return residents.verify(db, wang.id, "王小红", WANG, agrees)


@pytest.fixture
def verified_li(db):
    li = residents.arrive(db, someone())
    return residents.verify(db, li.id, "李建国", LI, agrees)
