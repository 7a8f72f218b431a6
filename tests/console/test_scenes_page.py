"""Printed codes at the console: made by the platform, drawn by us, counted by person."""

import pytest

from people import scenes

from .people import operator, signed_in


@pytest.fixture
def hall(town, admin):
    """The hall's code, made by the platform."""
    page = admin.open("/console/scenes")
    told = admin.send(page.form("/console/scenes"))
    assert "已安排向微信申请" in told.text
    key = scenes.key_of(scenes.COUNTER, "hall")
    town.eventually(lambda: scenes.get(town.db, key).url, 60)
    return scenes.get(town.db, key)


def test_the_halls_code_is_drawn_and_its_people_counted(town, admin, hall):
    person = town.person(follow=False)
    town.control("POST", f"/people/{person['id']}/scan", {"scene": hall.key})
    lines = town.control("GET", f"/people/{person['id']}/chat")["lines"]
    assert any("政务服务中心的二维码" in each.get("text", "") for each in lines)

    assert hall.name in admin.open("/console/scenes").text
    sheet = admin.open(f"/console/scenes/{hall.key}")
    assert hall.name in sheet.text
    drawn = admin.session.get(f"{town.web}/console/scenes/{hall.key}/code.svg")
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert b"<path" in drawn.content
    assert scenes.brought(town.db, hall.key).follows >= 1


def test_villages_and_units_have_pages_of_their_own(town, admin, hall):
    first = admin.open("/console/scenes?kind=village")
    more = next(url for url, words in first.links if "after=" in url)
    assert "便民服务站" in admin.open(more.removeprefix(town.web)).text
    assert "给单位做邀请码" in admin.open("/console/scenes?kind=unit").text
    admin.open("/console/scenes?kind=elsewhere", expect=404)


def test_a_code_that_is_not_made_yet_says_so(town, admin):
    key = scenes.put(town.db, scenes.UNIT, "company:nobody", "某公司").key

    assert "还没有给出" in admin.open(f"/console/scenes/{key}").text
    admin.open(f"/console/scenes/{key}/code.svg", expect=404)
    admin.open("/console/scenes/nothing", expect=404)


def test_a_supervisor_looks_and_makes_none(town):
    browser = signed_in(town, operator(town, "supervisor"))
    page = browser.open("/console/scenes")

    assert not any("/console/scenes" in form.action for form in page.forms)
