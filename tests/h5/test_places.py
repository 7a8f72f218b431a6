"""Where to go in person: near, open, handling a service; asked of WeChat where the phone is."""

import json
import re

import pytest

from .phone import Phone, straight


@pytest.fixture
def stranger(town):
    return Phone(town, town.person())


def test_the_nearest_points_come_with_their_distance(stranger):
    text = stranger.open("/h5/places?latitude=31.1284&longitude=119.1846").text

    assert "离您约10米" in text
    assert "现在开门的在前" in text


@pytest.mark.parametrize("place", ["latitude=91&longitude=1", "latitude=here", "longitude=1"])
def test_a_place_that_is_none_shows_the_towns(stranger, place):
    assert "离您约" not in stranger.open(f"/h5/places?{place}").text


def test_only_points_that_handle_a_service_are_shown(stranger):
    page = stranger.open("/h5/places?service=real_estate_transfer&latitude=31&longitude=119")

    assert "能办“" in page.text
    assert "便民服务站" not in page.text
    stranger.open("/h5/places?service=nothing", expect=404)


def test_the_page_is_signed_for_the_phone(town):
    agent = {"User-Agent": "Mozilla/5.0 MicroMessenger/8.0"}
    page = straight(town, "/h5/places?town=", headers=agent).text
    config = json.loads(re.search(r'data-config="([^"]+)"', page)[1].replace("&#34;", '"'))

    assert sorted(config) == ["appId", "nonceStr", "signature", "timestamp"]
    assert "data-config" not in straight(town, "/h5/places").text


def test_a_signature_is_given_for_our_own_pages_only(town):
    ours = straight(town, f"/h5/jssdk?url={town.web}/h5/ask")
    theirs = straight(town, "/h5/jssdk?url=https://evil.example/")

    assert len(ours.json()["signature"]) == 40
    assert theirs.status_code == 403


def test_without_a_ticket_the_page_is_whole(town):
    line = town.runtime.wechat.oa
    line._tickets.drop(line.ticket())
    fault = {"endpoint": "/cgi-bin/ticket/getticket", "kind": "errcode", "errcode": -1}
    town.control("POST", "/faults", fault)
    try:
        agent = {"User-Agent": "Mozilla/5.0 MicroMessenger/8.0"}
        page = straight(town, "/h5/places", headers=agent)
        assert page.status_code == 200
        assert "data-config" not in page.text
    finally:
        town.control("DELETE", "/faults")
