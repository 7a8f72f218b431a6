"""The phone page: what a developer sees and taps, driven in Chromium as a person would."""

import base64
import re

import pytest
import requests
from playwright.sync_api import expect

from .hands import pushed, send, web

DOT = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
    b"rkJggg=="
)


def test_the_page_says_what_it_is_and_loads_nothing_from_elsewhere(world, service):
    answer = requests.get(world.config["simulator_url"] + "/phone/", timeout=60)
    assert "仅供开发调试 · 演示数据" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_name_localhost_leads_to_the_address_whose_cookies_the_frame_shares(world, service):
    there = world.config["simulator_url"].replace("127.0.0.1", "localhost") + "/phone/?person=p_1"
    answer = requests.get(there, timeout=60, allow_redirects=False)
    assert answer.headers["Location"] == world.config["simulator_url"] + "/phone/?person=p_1"


@pytest.mark.chromium
def test_a_text_is_pushed_and_the_reply_opens_the_page_in_the_other_phone(page):
    send(page, "我要缴费")
    page.click("#chat [data-kind=news] .go")
    expect(web(page).locator("h1")).to_have_text("缴费")
    pushed(page, "我要缴费")
    expect(page.locator("#web-title")).to_have_text("缴费")


@pytest.mark.chromium
def test_what_crossed_the_wire_can_be_opened_and_read(page):
    send(page, "你好")
    line = page.locator("#wire li[data-way=out]").first
    line.locator("summary").click()
    expect(line.locator("pre").last).to_contain_text("缴费单")


@pytest.mark.chromium
def test_a_page_can_be_taken_to_the_browser_outside_and_back(page):
    page.click("#web-open")
    expect(page.locator("#web-title")).to_have_text("首页")
    page.click("#web-actions summary")
    page.click("#web-outside")
    expect(page.frame_locator("#outside").locator("#n")).to_have_text("1")
    expect(page.locator("#address")).to_have_value(page.service.url + "/h5/")
    page.click("#web-actions summary")
    page.click("#web-inside")
    expect(page.locator("#web")).to_be_visible()


@pytest.mark.chromium
def test_a_new_person_follows_and_stops_following(page):
    page.click("#person-new")
    page.click("#follow")
    expect(page.locator("#dock")).to_be_visible()
    page.click("#chat-more")
    page.click("#unfollow")
    expect(page.locator("#follow")).to_be_visible()
    pushed(page, "unsubscribe")


@pytest.mark.chromium
def test_a_place_of_the_county_is_sent(page):
    page.click("#more")
    page.click("[data-extra=location]")
    page.select_option("#spot", "梅渚镇")
    page.click("#extra-location .primary")
    expect(page.locator("#chat [data-kind=location]")).to_contain_text("梅渚镇")
    pushed(page, "<Location_X>31.258")


@pytest.mark.chromium
def test_speech_arrives_with_what_was_recognised(page):
    page.click("#more")
    page.click("[data-extra=voice]")
    page.fill("#recognition", "怎么办居住证")
    page.click("#extra-voice .primary")
    expect(page.locator("#chat [data-kind=voice]")).to_contain_text("怎么办居住证")


@pytest.mark.chromium
def test_a_picture_is_sent(page, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(base64.b64decode(DOT))
    page.click("#more")
    page.click("[data-extra=image]")
    page.set_input_files("#image-file", photo)
    page.click("#extra-image .primary")
    expect(page.locator("#chat [data-kind=image] img")).to_be_visible()
    pushed(page, "<MediaId>")


@pytest.mark.chromium
def test_a_scene_code_is_scanned(page):
    page.click("#more")
    page.click("[data-extra=scan]")
    page.fill("#scene", "window_3")
    page.click("#extra-scan .primary")
    page.wait_for_selector("#chat [data-kind=news]")
    pushed(page, "window_3")


@pytest.mark.chromium
def test_a_mini_programs_message_lies_under_service_notices(page, world):
    fields = [{"key": "thing1", "label": "事项名称", "value": "居住证申领"}]
    world.say(page.person, side="account", account="mp", kind="subscription", template_id="T1",
              title="办件进度提醒", fields=fields, url=None, miniprogram=None, msgid=1)  # fmt: skip
    page.click("#chat-back")
    expect(page.locator("[data-thread=notice] .count")).to_have_text("1")
    page.click("[data-thread=notice]")
    expect(page.locator("#chat")).to_contain_text("居住证申领")


@pytest.mark.chromium
def test_a_fault_is_ordered_and_the_clock_put_forward(page, world):
    page.click("#tab-tools")
    page.click("[data-fault=drop-pay-notice]")
    expect(page.locator("#faults-waiting")).to_contain_text("丢失支付通知")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.click("[data-advance='86400']")
    assert world.clock.offset == 86400


@pytest.mark.chromium
def test_the_next_push_can_be_doubled_and_only_that_one(page):
    page.click("#tab-tools")
    page.click("[data-fault=duplicate-push]")
    send(page, "甲")
    page.wait_for_selector("#chat [data-kind=news] >> nth=1")
    send(page, "乙")
    page.wait_for_selector("#chat [data-kind=news] >> nth=2")
    assert ["乙" in push for push in page.service.pushes] == [False, False, True]


@pytest.mark.chromium
def test_the_menu_stands_as_published_and_its_buttons_work(page, world):
    entry = {"type": "view", "name": "缴费", "url": page.service.url + "/h5/bill"}
    world.part("wechat.menu")["oa"] = {"button": [
        {"name": "办事", "sub_button": [entry]},
        {"type": "click", "name": "我的办件", "key": "MY_CASES"}]}  # fmt: skip
    page.click("[data-menu=我的办件]")
    page.wait_for_selector("#chat [data-kind=news]")
    page.click("[data-menu=办事]")
    page.click("[data-menu=缴费]")
    expect(web(page).locator("h1")).to_have_text("缴费")
    page.wait_for_function("document.querySelectorAll('#chat [data-kind=news]').length == 2")
    keys = [
        re.search(r"<EventKey>(?:<!\[CDATA\[)?(.*?)[<\]]", one)[1] for one in page.service.pushes
    ]
    assert keys == ["MY_CASES", entry["url"]]
