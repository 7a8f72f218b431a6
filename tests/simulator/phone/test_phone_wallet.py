"""Money on the phone: WeChat's sheet over a page, Alipay outside WeChat, nothing for the forged."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import expect

from .hands import bill, cashier, send, until, web


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
def test_alipay_opens_outside_wechat_and_comes_back_paid(page, world, merchant):
    url = cashier(page, world, merchant)
    page.evaluate("url => import('/phone/static/web.js').then((web) => web.open(url))", url)
    expect(web(page).locator("[data-notice=alipay]")).to_be_visible()
    page.click("#web-actions summary")
    page.click("#web-outside")
    outside = page.frame_locator("#outside")
    outside.get_by_role("button", name="确认付款").click()
    expect(outside.locator("#n")).to_have_text("1")
    until(lambda: page.service.notices == ["alipay"])


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
