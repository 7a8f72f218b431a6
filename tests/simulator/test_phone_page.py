"""The phone page: what a developer sees and taps, driven in Chromium as a person would."""

import base64
import json
import re
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from playwright.sync_api import expect, sync_playwright

from simulator.app import application
from simulator.phone import browser
from simulator.wallets import rsa as rsa_wire
from simulator.wallets import wechat_orders
from simulator.world import World

from .standin import config, street

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DOT = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
    b"rkJggg=="
)
TEMPLATE = {
    "account": "mp",
    "id": "T1",
    "title": "办件进度提醒",
    "keywords": [{"key": "thing1", "label": "事项名称"}],
    "long_term": False,
}


@pytest.fixture(scope="module")
def merchant():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem(key):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@pytest.fixture
def world(merchant):
    pay = {
        "mchid": "1900000001",
        "merchant_serial": "5157F09EFDC096DE15EBE81A47057A72",
        "merchant_public_key": public_pem(merchant),
        "apiv3_key": "k" * 32,
        "platform_private_key": pem(merchant),
        "public_key_id": "PUB_KEY_ID_0119",
    }
    alipay = {
        "app_id": "2021000000000001",
        "seller_id": "2088000000000001",
        "app_public_key": public_pem(merchant),
        "alipay_private_key": pem(merchant),
    }
    told = config(wechat_pay=pay, alipay=alipay, templates=[TEMPLATE])
    told["oa"]["mode"] = told["mp"]["mode"] = "plain"
    made = World(told)
    yield made
    made.close()


@pytest.fixture
def service(world):
    with street(application(world), browser.application(world), world) as (app, _, _):
        yield app


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(chromium, world, service):
    """The phone page with a follower's phone; nothing of another host may be asked for."""
    person = world.invent({"name": "王小明", "following": True})
    with ExitStack() as stack:
        page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        stack.callback(page.close)
        page.asked, page.person, page.service = [], person, service
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(world.config["simulator_url"] + "/phone/")
        page.wait_for_selector("body[data-ready]")
        yield page
        hosts = ("http://127.0.0.1:", "http://localhost:", "data:")
        assert [url for url in page.asked if not url.startswith(hosts)] == []


def send(page, text):
    page.fill("#message", text)
    page.press("#message", "Enter")


def web(page):
    return page.frame_locator("#web")


def bill(page, world, merchant):
    """Open an order of 80 yuan for the page's person, signed for WeChat's sheet."""
    told = {
        "appid": "wx_oa",
        "mchid": "1900000001",
        "description": "不动产登记费",
        "out_trade_no": "order000001",
        "notify_url": page.service.url + "/notices/wechat-pay",
        "amount": {"total": 8000, "currency": "CNY"},
        "payer": {"openid": page.person.openids["oa"]},
    }
    package = "prepay_id=" + wechat_orders.prepay(world, told)["prepay_id"]
    signed = f"wx_oa\n1\nn\n{package}\n".encode()
    sign = base64.b64encode(merchant.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()
    page.service.params = {"appId": "wx_oa", "timeStamp": "1", "nonceStr": "n",
                           "package": package, "signType": "RSA", "paySign": sign}  # fmt: skip
    page.evaluate("import('/phone/static/web.js').then((web) => web.open('/h5/bill'))")
    web(page).locator("#pay").click()


def cashier(page, world, merchant):
    """Return a signed address of Alipay's gateway for 80 yuan."""
    params = {
        "app_id": "2021000000000001",
        "method": "alipay.trade.wap.pay",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": "2026-11-21 10:00:00",
        "version": "1.0",
        "return_url": page.service.url + "/h5/",
        "notify_url": page.service.url + "/notices/alipay",
        "biz_content": json.dumps({"out_trade_no": "order000002", "total_amount": "80.00",
            "subject": "不动产登记费", "product_code": "QUICK_WAP_WAY"}),
    }  # fmt: skip
    text = "&".join(f"{key}={params[key]}" for key in sorted(params))
    params["sign"] = rsa_wire.sign(text, pem(merchant))
    return world.config["simulator_url"] + "/gateway.do?" + urlencode(params)


def test_the_page_says_what_it_is_and_loads_nothing_from_elsewhere(world, service):
    answer = requests.get(world.config["simulator_url"] + "/phone/", timeout=5)
    assert "仅供开发调试 · 演示数据" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_name_localhost_leads_to_the_address_whose_cookies_the_frame_shares(world, service):
    there = world.config["simulator_url"].replace("127.0.0.1", "localhost") + "/phone/?person=p_1"
    answer = requests.get(there, timeout=5, allow_redirects=False)
    assert answer.headers["Location"] == world.config["simulator_url"] + "/phone/?person=p_1"


@pytest.mark.chromium
def test_a_text_is_pushed_and_the_reply_opens_the_page_in_the_other_phone(page):
    send(page, "我要缴费")
    page.click("#chat [data-kind=news] .go")
    expect(web(page).locator("h1")).to_have_text("缴费")
    assert "我要缴费" in page.service.pushes[-1]
    expect(page.locator("#web-title")).to_have_text("缴费")


@pytest.mark.chromium
def test_what_crossed_the_wire_can_be_opened_and_read(page):
    send(page, "你好")
    line = page.locator("#wire li[data-way=out]").first
    line.locator("summary").click()
    expect(line.locator("pre").last).to_contain_text("缴费单")


@pytest.mark.chromium
def test_six_digits_pay_and_the_page_hears_of_it(page, world, merchant):
    bill(page, world, merchant)
    expect(page.locator("#wallet-amount")).to_have_text("¥80.00")
    for digit in "123456":
        page.click(f"[data-key='{digit}']")
    expect(page.locator("#wallet-result")).to_have_text("支付成功")
    page.click("#wallet-close")
    expect(web(page).locator("#said")).to_have_text("get_brand_wcpay_request:ok")


@pytest.mark.chromium
def test_the_sheet_can_be_used_and_left_by_keyboard(page, world, merchant):
    bill(page, world, merchant)
    expect(page.locator("#wallet-amount")).to_have_text("¥80.00")
    page.keyboard.press("1")
    expect(page.locator("#wallet-dots")).to_have_attribute("aria-label", "已输入 1 位")
    page.keyboard.press("Escape")
    expect(web(page).locator("#said")).to_have_text("get_brand_wcpay_request:cancel")


@pytest.mark.chromium
def test_a_forged_order_is_refused_in_words(page, world, merchant):
    bill(page, world, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    expect(page.locator("#wallet-result")).to_have_text("支付没有成功")
    page.click("#wallet-close")
    expect(web(page).locator("#said")).to_have_text("get_brand_wcpay_request:fail")


@pytest.mark.chromium
def test_a_page_in_a_window_of_its_own_asks_with_a_plain_sheet(page, world, merchant):
    bill(page, world, merchant)
    page.goto(world.config["browser_url"] + "/h5/bill")
    page.click("#pay")
    page.click("#phone-pay-yes")
    expect(page.locator("#said")).to_have_text("get_brand_wcpay_request:ok")


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
def test_alipay_opens_outside_wechat_and_comes_back_paid(page, world, merchant):
    url = cashier(page, world, merchant)
    page.evaluate("url => import('/phone/static/web.js').then((web) => web.open(url))", url)
    expect(web(page).locator("[data-notice=alipay]")).to_be_visible()
    page.click("#web-actions summary")
    page.click("#web-outside")
    outside = page.frame_locator("#outside")
    outside.get_by_role("button", name="确认付款").click()
    expect(outside.locator("#n")).to_have_text("1")
    assert page.service.notices == ["alipay"]


@pytest.mark.chromium
def test_a_new_person_follows_and_stops_following(page):
    page.click("#person-new")
    page.click("#follow")
    expect(page.locator("#dock")).to_be_visible()
    page.click("#chat-more")
    page.click("#unfollow")
    expect(page.locator("#follow")).to_be_visible()
    assert "unsubscribe" in page.service.pushes[-1]


@pytest.mark.chromium
def test_a_place_of_the_county_is_sent(page):
    page.click("#more")
    page.click("[data-extra=location]")
    page.select_option("#spot", "梅渚镇")
    page.click("#extra-location .primary")
    expect(page.locator("#chat [data-kind=location]")).to_contain_text("梅渚镇")
    assert "<Location_X>31.258" in page.service.pushes[-1]


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
    assert "<MediaId>" in page.service.pushes[-1]


@pytest.mark.chromium
def test_a_scene_code_is_scanned(page):
    page.click("#more")
    page.click("[data-extra=scan]")
    page.fill("#scene", "window_3")
    page.click("#extra-scan .primary")
    page.wait_for_selector("#chat [data-kind=news]")
    assert "window_3" in page.service.pushes[-1]


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
    page.click("[data-advance='86400']")
    page.wait_for_timeout(300)
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


@pytest.mark.chromium
def test_the_page_has_no_accessibility_faults_that_axe_finds(page, world, merchant):
    send(page, "你好")
    page.wait_for_selector("#chat [data-kind=news]")
    page.click("#more")
    found = [Axe().run(page)]
    bill(page, world, merchant)
    page.click("#tab-tools")
    found.append(Axe().run(page))
    assert [one.generate_report() for one in found if one.violations_count] == []


@pytest.mark.chromium
def test_a_notice_of_the_browser_has_no_accessibility_faults_either(page, world):
    page.goto(f"{world.config['browser_url']}/_phone/as/{page.person.id}?to=/gateway.do")
    page.click("#copy")
    expect(page.locator("#copy")).to_have_text("已复制")
    assert Axe().run(page).violations_count == 0
