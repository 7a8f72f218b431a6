"""Printed codes at the console: made by the platform, drawn by us, counted by person."""

import base64
import io
import re

import pytest
from PIL import Image

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
    chat = f"/people/{person['id']}/chat"
    town.eventually(lambda: "政务服务中心的二维码" in str(town.control("GET", chat)["lines"]))

    assert hall.name in admin.open("/console/scenes").text
    sheet = admin.open(f"/console/scenes/{hall.key}")
    assert hall.name in sheet.text
    drawn = admin.session.get(f"{town.web}/console/scenes/{hall.key}/code.svg")
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert b"<path" in drawn.content
    assert scenes.brought(town.db, hall.key).people >= 1


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


def test_the_mini_programs_code_stands_on_a_sheet_of_its_own(admin, hall):
    admin.open("/console/scenes").link("小程序码")
    sheet = admin.open(f"/console/scenes/{hall.key}/mini")
    kind, content = re.search(r'src="data:([^;]+);base64,([^"]+)"', sheet.answer.text).groups()
    assert kind == "image/jpeg"
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (1280, 1280)
    assert sheet.link("下载这个码").startswith("data:image/jpeg;base64,")
    assert "code.svg" not in sheet.answer.text
    admin.open("/console/scenes/nothing/mini", expect=404)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "errcode", "errcode": 41030}, "错误码 41030"),
        ({"kind": "status", "status": 502}, "请过一会儿再来"),
    ],
)
def test_a_mini_program_code_that_is_refused_is_told_in_words(town, admin, hall, fault, words):
    town.control("POST", "/faults", fault | {"endpoint": "/wxa/getwxacodeunlimit"})
    try:
        sheet = admin.open(f"/console/scenes/{hall.key}/mini")
        assert words in sheet.text
        assert "<img" not in sheet.answer.text.partition('class="paper poster"')[2]
    finally:
        town.control("DELETE", "/faults")


def test_a_supervisor_looks_and_makes_none(town):
    browser = signed_in(town, operator(town, "supervisor"))
    page = browser.open("/console/scenes")

    assert not any("/console/scenes" in form.action for form in page.forms)
