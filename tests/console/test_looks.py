"""The console in a real browser: accessible, alone on the network, and lively where script runs."""

import secrets

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from feedback import talks
from payments import bills, counter, waivers
from payments.reconciliation import daily, differences, store
from people import operators, residents, scenes
from people.residents import Account
from script.chaoses import daybook
from tests import browsing, firms
from tests.town import PASSWORD

from .people import asked, filed, uploaded
from .test_money_page import Line

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("chromium")]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


@pytest.fixture
def visit(town, chromium):
    """Open pages as an operator; whatever is asked of another host or refused is remembered."""
    contexts, troubles = [], []

    def sign_in(username):
        context = chromium.new_context(viewport={"width": 1366, "height": 820}, locale="zh-CN")
        contexts.append(context)
        context.set_default_timeout(browsing.PATIENCE_MS)
        page = context.new_page()
        page.on("request", lambda asked: _elsewhere(town, asked.url, troubles))
        page.on("console", lambda said: _complaint(said, troubles))
        page.goto(f"{town.web}/console/sign-in")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.click("text=登录 >> nth=-1")
        page.wait_for_url("**/console/")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert troubles == []


def _elsewhere(town, url, troubles):
    if not url.startswith((town.web, "data:")):
        troubles.append(url)


def _complaint(said, troubles):
    if "status of 401" in said.text:
        return
    if said.type == "error" or "Content Security Policy" in said.text:
        troubles.append(said.text)


def faults(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [(page.url, each["id"], [n["target"] for n in each["nodes"]][:4]) for each in found]


@pytest.fixture
def work(town):
    """A company's case, a complaint with a photograph and a place, and the company."""
    who = town.citizen()
    place = {"latitude": 31.1, "longitude": 119.1, "label": "十字镇"}
    more = {"files": [uploaded(town, who[1])], "place": place, "category": "visits"}
    letter = asked(town, who, "complaint", "有人晕倒了，快来！", **more)
    firm, _, _ = firms.with_agent(town, who[1])
    return filed(town, who=who, company=firm), letter, firm, talking(town)


def talking(town):
    """A talk that has been opened, spoken in and answered; its id."""
    account = Account("oa", "wxoa", secrets.token_hex(14))
    told = {"doing": {"topic": "complain", "words": ["没有人"]}}
    id = residents.arrive(town.db, account).id
    talk = talks.open(town.db, account, id, secrets.token_hex(8), told)
    talks.hear(town.db, account.key, secrets.token_hex(8), "有人吗")
    talks.reply(town.db, talk.id, operators.get(town.db, "chuangkou"), "r1", "在的")
    return talk.id


def money(town, case):
    """The pages about a bill that waits for a reduction, and about one that was paid in cash."""
    told = {"resident": "r", "title": "测试", "lines": [Line()], "total": 100}
    owed, paid = (
        bills.issue(town.db, number_of_case=each, **told).number for each in (case, filed(town))
    )
    wish = waivers.Wish(50, "x", "财税〔2016〕79号", "低保", "operator:chuangkou", "k")
    waivers.ask(town.db, owed, wish)
    voucher = counter.Voucher("cash", secrets.token_hex(6).upper())
    counter.take(town.db, {}, paid, voucher, amount=100, by="operator:chuangkou")
    return "counter", "income", "reconciliation", f"bills/{owed}", f"bills/{paid}", *tie(town)


def tie(town):
    """The pages of a matched day and of one of its differences."""
    merchant = town.runtime.wallets["wechat"].merchant
    text = daybook.statement(daybook.made_up(2, 1).lines).decode()
    content = text.replace(daybook.MERCHANT, merchant).encode()
    daily.receive(town.db, "wechat", daybook.DAY, content, by="operator:caiwu")
    id = store.name("wechat", daybook.DAY)
    daily.match(town.db, town.runtime.wallets, id, lambda _: ())
    one = differences.of_statement(town.db, id)[0].id
    return f"reconciliation/wechat/{daybook.DAY}", "differences", f"differences/{one}"


def test_the_clerks_pages_are_accessible(visit, work):
    page, (case, letter, firm, talk) = visit("chuangkou"), work
    found = faults(page)
    for path in (
        *(f"cases/{case}{part}" for part in ("", "/ask_supplement", "/decline", "/receipt")),
        "tickets", f"tickets/{letter}", "bills", "messages", "services", "me",
        "services/id_card_renewal", "companies", f"companies/{firm}", "talks", f"talks/{talk}",
        "?view=overdue", "?view=finished",
    ):  # fmt: skip
        page.goto(f"{page.url.split('/console')[0]}/console/{path}")
        found += faults(page)
    assert found == []


def test_the_others_pages_are_accessible(town, visit, work):
    found, key = [], scenes.put(town.db, scenes.COUNTER, "hall", "政务服务中心").key
    for username, paths in {
        "duban": ("ratings", f"audit?kind=case&name={work[0]}", f"tickets/{work[1]}"),
        "guanli": (
            "operators",
            "operators/caiwu/retire",
            "effects",
            "alarms",
            "scenes",
            f"scenes/{key}",
        ),
        "caiwu": ("", "bills?state=paid", "quarantine", "refunds", *money(town, work[0])),
    }.items():
        page = visit(username)
        for path in paths:
            page.goto(f"{page.url.split('/console')[0]}/console/{path}")
            found += faults(page)
    assert found == []


def test_the_sign_in_and_error_pages_are_accessible(town, chromium):
    page = chromium.new_context(locale="zh-CN").new_page()
    page.goto(f"{town.web}/console/sign-in")
    found = faults(page)
    page.goto(f"{town.web}/console/assets/0/nothing")
    assert found + faults(page) == []


def test_a_number_is_opened_in_place(town, visit):
    person, token = town.citizen()
    number = filed(town, who=(person, token))
    page = visit("chuangkou")
    page.goto(f"{town.web}/console/cases/{number}")
    page.click("button[aria-label='查看证件号码，会记录']")
    expect(page.locator("dl.answers").first).to_contain_text(person["id_number"])
    assert page.url.endswith(number)


def test_counts_move_by_themselves(town, visit):
    page = visit("shenpi")
    page.wait_for_function("window.htmx !== undefined")
    before = page.inner_text("#cards")
    for _ in range(2):
        asked(town)
    page.wait_for_function(
        "text => document.querySelector('#cards').innerText !== text", arg=before
    )


def test_an_idle_screen_goes_dark(visit, later):
    page = visit("shenpi")
    page.wait_for_function("window.htmx !== undefined")
    later(31 * 60)
    page.evaluate("void htmx.ajax('GET', '/console/live', '#cards')")
    page.wait_for_url("**/console/sign-in")


def test_nothing_spills_over_on_a_small_screen(town, visit, work):
    page = visit("chuangkou")
    page.set_viewport_size({"width": 1024, "height": 700})
    for path in ("", f"cases/{work[0]}", f"tickets/{work[1]}", "services", f"talks/{work[3]}"):
        page.goto(f"{town.web}/console/{path}")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
