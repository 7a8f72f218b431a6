"""The pages in Chromium: axe, large letters, targets, no script needed, and the wallet's sheet."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import browsing, firms
from tracking import cases, subscriptions, templates

from .phone import FORM, answers, photo

pytestmark = pytest.mark.chromium

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
OPEN = (
    "/h5/",
    "/h5/services?words=身份证",
    "/h5/services/real_estate_transfer",
    "/h5/places",
    "/h5/answers",
    "/h5/nothing",
)
OWN = (
    FORM,
    "/h5/services/individual_business_registration/apply",
    "/h5/cases",
    "/h5/cases/{case}",
    "/h5/cases/{case}/receipt",
    "/h5/cases/{case}/withdraw",
    "/h5/cases/{asked}/supplement",
    "/h5/cases/{done}/rating",
    "/h5/bills/{bill}",
    "/h5/bills/{bill}/result",
    "/h5/bills/{bill}/alipay",
    "/h5/ask",
    "/h5/complain",
    "/h5/tickets",
    "/h5/messages",
    "/h5/me",
    "/h5/me/messages",
    "/h5/me/consents",
    "/h5/me/looks",
    "/h5/register/agreement",
    "/h5/companies",
    "/h5/companies/{company}",
    f"/h5/services/{firms.SERVICE}/apply",
)
SMALL = """(least) => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .map((e) => ["radio", "checkbox"].includes(e.type) ? e.closest("label") : e)
  .filter((e) => e.getClientRects().length && !e.closest(".hidden, .skip") && e.type !== "hidden")
  .filter((e) => getComputedStyle(e).display !== "inline")
  .filter((e) => e.offsetHeight < least || e.offsetWidth < least)
  .map((e) => e.outerHTML.slice(0, 200))"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def numbers(town, citizen):
    """Cases in every state that asks something of their resident."""
    case, asked, done = (citizen.case() for _ in range(3))
    by = "operator:chuangkou"
    defects = [{"material": "hukou_or_other", "words": "看不清"}, {"material": None, "words": "改"}]
    cases.move(town.db, asked, "ask_supplement", by=by, defects=defects)
    cases.move(town.db, done, "decline", by=by, note="不属于本县")
    cases.move(town.db, case, "accept", by=by)
    bill = town.eventually(lambda: cases.get(town.db, case).payment.bill)
    company = firms.registered(town, citizen.token)
    return {"case": case, "asked": asked, "done": done, "bill": bill, "company": company}


def window(chromium, citizen, **options):
    """The web view on a phone of 360 points, as this citizen."""
    context = chromium.new_context(viewport={"width": 360, "height": 780}, **options)
    context.set_default_timeout(browsing.PATIENCE_MS)
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(f"{citizen.town.browser}/_phone/as/{citizen.person['id']}?to=/h5/")
    return page


def faults(page, least):
    found = Axe().run(page, options=RULES).response["violations"]
    small, wide = page.evaluate(SMALL, least), page.evaluate(WIDE)
    names = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]
    return [*names, *small, *([f"{wide}px too wide"] if wide > 0 else [])]


@pytest.mark.parametrize(("elder", "least"), [(0, 44), (1, 60)])
def test_no_page_shuts_anybody_out(chromium, citizen, numbers, elder, least):
    page = window(chromium, citizen)
    page.goto(f"{citizen.town.browser}/h5/elder?on={elder}&to=/h5/")
    for path in (*OPEN, *(each.format(**numbers) for each in OWN)):
        page.goto(citizen.town.browser + path)
        assert faults(page, least) == [], path
    hosts = (citizen.town.browser, "data:")
    assert [url for url in page.asked if not url.startswith(hosts)] == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_form_full_of_faults_can_still_be_read_by_everybody(chromium, citizen, scheme):
    page = window(chromium, citizen, color_scheme=scheme)
    page.goto(citizen.town.browser + FORM)
    page.click("text=下一步：核对")
    expect(page.locator(".faults")).to_be_focused()
    assert faults(page, 44) == []
    page.click(".faults a >> nth=0")
    expect(page).to_have_url(re.compile("#f-applicant_region$"))
    page.context.close()


def test_large_letters_are_large(chromium, citizen):
    page = window(chromium, citizen)
    size = "parseFloat(getComputedStyle(document.querySelector('main .name, main p')).fontSize)"
    page.goto(f"{citizen.town.browser}/h5/elder?on=1&to=/h5/services/senior_card")
    assert page.evaluate(size) >= 24
    page.context.close()


def test_everything_but_the_wallet_works_without_script(town, chromium, citizen):
    page = window(chromium, citizen, java_script_enabled=False)
    page.goto(citizen.town.browser + FORM)
    told = answers(citizen.person)
    del told["applicant_mobile"]  # known already
    for name, value in told.items():
        field = page.locator(f"[name={name}]")
        if name == "is_agent":
            page.check(f"[name=is_agent][value={value}]")
        elif field.evaluate_all("all => all[0].tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    name, content = photo()["file.hukou_or_other"]
    sent = {"name": name, "mimeType": "image/png", "buffer": content}
    page.set_input_files("[name='file.hukou_or_other']", sent)
    page.click("text=下一步：核对")
    page.click("text=确认无误，提交申请")
    expect(page.locator("[role=status]")).to_contain_text("提交成功")
    page.context.close()


def test_a_question_shows_when_it_is_asked_and_hides_again(chromium, citizen):
    page = window(chromium, citizen)
    page.goto(citizen.town.browser + FORM)
    expect(page.locator("[name=agent_name]")).to_be_hidden()
    page.check("[name=is_agent][value=true]")
    expect(page.locator("[name=agent_name]")).to_be_visible()
    page.select_option("[name=apply_kind]", "expired")
    expect(page.locator("[name='file.old_id']")).to_be_visible()
    page.select_option("[name=apply_kind]", "lost")
    expect(page.locator("[name='file.old_id']")).to_be_hidden()
    page.context.close()


def test_the_wallet_comes_up_and_the_server_is_asked_afterwards(chromium, citizen, numbers):
    page = window(chromium, citizen)
    page.goto(f"{citizen.town.browser}/h5/bills/{numbers['bill']}")
    page.click("text=微信支付 40元")
    page.click("#phone-pay-no")
    expect(page.locator("[role=status]")).to_contain_text("还没有收到付款结果")
    page.click("text=没有付，返回缴费单")
    page.click("text=微信支付 40元")
    page.click("#phone-pay-yes")
    expect(page.locator("[role=status]")).to_contain_text("缴费成功")
    page.context.close()


def test_the_phone_finds_the_nearest_point(chromium, citizen):
    page = window(chromium, citizen)
    page.goto(f"{citizen.town.browser}/h5/places?town=341821100000")
    page.click("#locate")
    expect(page.locator(".place >> nth=0")).to_contain_text("离您约")
    assert faults(page, 44) == []
    page.context.close()


def noticed(page, place, choice, said):
    """Tap one of the tags that ask for leave, choose in WeChat's sheet, and read what is said."""
    page.click(f"#notices wx-open-subscribe >> nth={place} >> button")
    page.click(f"#phone-subscribe-{choice}")
    expect(page.locator("#notices-said")).to_contain_text(said)


def test_leave_to_send_notices_is_given_on_the_page_of_message_settings(chromium, citizen):
    town, openid, page = citizen.town, citizen.person["oa_openid"], window(chromium, citizen)
    known = [each for each in templates.templates().values() if each.ids["biz"]]
    page.goto(f"{town.browser}/h5/me/messages")
    noticed(page, 0, "yes", "已允许")
    noticed(page, 1, "no", "没有允许")
    assert faults(page, 44) == []

    left = [lambda id=each.ids["biz"]: subscriptions.left(town.db, openid, id) for each in known]
    town.eventually(lambda: [count() for count in left] == [1, 1, 1, 0, 0, 0])
    tag = page.locator("#notices wx-open-subscribe >> nth=0")
    tag.evaluate("each => each.setAttribute('template', 'none of ours')")
    noticed(page, 0, "yes", "没有成功")
    page.context.close()


def test_the_address_of_a_payment_link_can_be_copied(chromium, citizen, numbers):
    page = window(chromium, citizen, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{citizen.town.browser}/h5/bills/{numbers['bill']}/alipay")
    page.click("#copy")
    expect(page.locator("#copy")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{citizen.town.web}/h5/pay/")
    page.context.close()


def test_unionpay_opens_by_itself_and_brings_the_payer_back(chromium, citizen, numbers):
    page = window(chromium, citizen)
    page.route("**/frontTransReq.do", lambda route: route.fulfill(status=204))
    page.goto(f"{citizen.town.browser}/h5/bills/{numbers['bill']}")
    with page.expect_request("**/frontTransReq.do"):
        page.click("text=用云闪付、银行卡支付")
    expect(page.locator("h1")).to_contain_text("银联支付")
    assert faults(page, 44) == []
    page.unroute("**/frontTransReq.do")
    page.goto(f"{citizen.town.browser}/h5/bills/{numbers['bill']}")
    page.click("text=用云闪付、银行卡支付")
    page.click("text=确认付款")
    page.click("text=返回商户")
    expect(page.locator("[role=status]")).to_contain_text("缴费成功")
    page.context.close()
