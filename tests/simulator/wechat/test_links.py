"""Codes and links that open the mini-program."""

import io

import pytest
import requests
from PIL import Image

CODE, SCHEME, LINK = "/wxa/getwxacodeunlimit", "/wxa/generatescheme", "/wxa/generate_urllink"
DAY = 24 * 3600


def picture(town, address, **told):
    query = {"access_token": town.token("mp")}
    return requests.post(town.url + address, params=query, json=told, timeout=60)


def test_a_code_is_a_picture_of_the_width_asked_for(town):
    answer = picture(town, CODE, scene="desk=3", width=300)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.content)).size == (300, 300)
    for path in ("/wxa/getwxacode", "/cgi-bin/wxaapp/createwxaqrcode"):
        assert Image.open(io.BytesIO(picture(town, path, path="pages/a").content)).size[0] == 430


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"scene": ""}, 40169),
        ({"scene": "窗口"}, 40169),
        ({"scene": "a%20"}, 40129),
        ({"scene": "x" * 33}, 40129),
        ({"page": "/pages/a"}, 40159),
        ({"page": "pages/a?b"}, 40159),
        ({"page": "pages/none"}, 41030),
        ({"width": 100}, 40097),
        ({"env_version": "beta"}, 85402),
    ],
)
def test_a_wrong_code_is_refused_in_json(town, told, expected):
    town.world.config["mp"]["pages"] = ["pages/a"]
    assert picture(town, CODE, **{"scene": "a"} | told).json()["errcode"] == expected


def test_a_page_yet_unreleased_has_a_code_if_nobody_checks(town):
    town.world.config["mp"]["pages"] = ["pages/a"]
    answer = picture(town, CODE, scene="a", page="pages/new", check_path=False)
    assert answer.headers["Content-Type"] == "image/jpeg"


def test_codes_of_paths_are_limited_in_all(town):
    assert picture(town, "/wxa/getwxacode", path="").json()["errcode"] == 40159
    town.world.part("wechat.codes_made")["mp"] = 100_000
    assert picture(town, "/wxa/getwxacode", path="pages/a").json()["errcode"] == 45029


def test_links_lead_to_their_page_until_they_end(town):
    where = {"path": "pages/case", "query": "number=1"}
    scheme = town.call("mp", SCHEME, {"jump_wxa": where, "expire_type": 1, "expire_interval": 2})
    link = town.call("mp", LINK, where)
    for each in (scheme["openlink"], link["url_link"]):
        told = town.get("/control/v1/links", link=each)
        assert (told["path"], told["query"]) == ("pages/case", "number=1")
    town.control("/clock", advance_seconds=2 * DAY)
    assert town.get("/control/v1/links", link=scheme["openlink"])["error"] == "bad_act"
    assert town.get("/control/v1/links", link=link["url_link"])["path"] == "pages/case"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"path": "/pages/a"}, 40165),
        ({"path": "pages/none"}, 40165),
        ({"query": "x" * 1025}, 40212),
        ({"env_version": "beta"}, 85402),
        ({"expire_type": 1, "expire_interval": 31}, 85401),
        ({"expire_type": 0, "expire_time": 1}, 85401),
    ],
)
def test_a_wrong_link_is_refused(town, told, expected):
    town.world.config["mp"]["pages"] = ["pages/a"]
    assert town.call("mp", LINK, told)["errcode"] == expected


def test_links_of_both_kinds_share_a_day_and_are_paced(town):
    town.at("2026-11-21T12:00:01+08:00")
    town.turn(quotas={SCHEME: 1, LINK: 1})
    assert town.call("mp", SCHEME, {"jump_wxa": "odd"})["errcode"] == 0
    assert town.call("mp", LINK, {})["errcode"] == 44993


def test_links_open_so_often_a_day_and_then_none_is_made(town):
    town.turn(quotas={"links opened": 2})
    link = town.call("mp", LINK, {"path": "pages/case"})["url_link"]
    for _ in range(2):
        assert town.get("/control/v1/links", link=link)["path"] == "pages/case"

    assert town.get("/control/v1/links", link=link)["errcode"] == 85406
    assert town.call("mp", LINK, {"path": "pages/case"})["errcode"] == 85406
    town.control("/clock", advance_seconds=DAY)
    assert town.get("/control/v1/links", link=link)["path"] == "pages/case"
