"""Photos follow their ticket; one that cannot be had is given up without harm."""

import pytest

from app.wechat import photos
from app.wechat.verdicts import Refused
from feedback import tickets
from people import residents
from people.residents import Account

MEDIA = "/cgi-bin/media/get"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf"
    "c0f01f00050001ff89993d1d0000000049454e44ae426082"
)


@pytest.fixture
def ticket(db):
    resident = residents.arrive(db, Account("oa", "wxoa", "alice"))
    return tickets.complain(db, resident=resident.id, text="路灯坏了", key="complaint-1")


def fetch(runtime, ticket, media_id="m1"):
    photos.fetch(runtime, "push", ticket=ticket.number, kind="oa", media_id=media_id)
    return tickets.get(runtime.db, ticket.number).files


def test_a_photo_is_added_once_however_often_it_is_fetched(runtime, platform, ticket):
    platform.answers[MEDIA] = PNG
    fetch(runtime, ticket)

    assert len(fetch(runtime, ticket)) == 1


@pytest.mark.parametrize("answer", [{"errcode": 40007}, b"\x89PNG but broken"])
def test_a_photo_that_is_gone_or_none_is_given_up(runtime, platform, ticket, answer):
    platform.answers[MEDIA] = answer

    assert fetch(runtime, ticket) == ()


def test_a_busy_platform_is_asked_again_later(runtime, platform, ticket):
    platform.answers[MEDIA] = {"errcode": -1}
    with pytest.raises(Refused):
        fetch(runtime, ticket)
