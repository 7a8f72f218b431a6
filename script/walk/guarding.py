"""The last chapter: what is whose, what the console sees, and that nothing is left undone."""

import re

from .desk import Desk, plain
from .handling import WATCHER
from .story import WORDS, Story, expect
from .web import Browser, Failed, eventually, fresh_key

PAGES = WORDS["pages"]
_STUCK = re.compile(r"^banshitong_promises_stuck\{[^}]*\} (\S+)$", re.MULTILINE)
_LATE = re.compile(r"^banshitong_promises_late_seconds\{[^}]*\} (\S+)$", re.MULTILINE)


def inbox(story: Story) -> None:
    """Every message lies in the inbox of pages and mini-program, and is read once seen."""
    her = story["her"]
    messages = her.program.call("GET", "/messages?limit=50")["messages"]
    kinds = {each["kind"] for each in messages}
    wanted = {"case_submitted", "case_supplementing", "bill_paid", "case_closed", "ticket_answered"}
    expect(wanted <= kinds, f"the inbox only has {sorted(kinds)}")
    her.phone.inside.open("/h5/messages")
    her.program.call("POST", "/messages/read", expect=204)
    messages = her.program.call("GET", "/messages?limit=50")["messages"]
    expect(all(each["read"] for each in messages), "some are still unread")


def looks(story: Story) -> None:
    """She sees who has looked at her papers."""
    page = story["her"].phone.inside.open("/h5/me/looks")
    expect(PAGES["looked"].format(number=story["case"]) in page.text, page.text[:400])


def others_numbers(story: Story) -> None:
    """The neighbour cannot see or touch what is hers, in the mini-program or in the pages."""
    his = story["him"]
    case, ticket = plain(story["case"]), plain(story["question"])
    bill = story["passport_bill"]
    paths = (f"/cases/{case}", f"/cases/{case}/receipt", f"/tickets/{ticket}", f"/bills/{bill}")
    for path in paths:
        his.program.call("GET", path, expect=404)
    his.program.call("POST", f"/cases/{case}/withdraw", expect=404)
    paying = {"expect": 404, "key": f"pay-{bill}"}
    his.program.call("POST", f"/bills/{bill}/attempts", {"wallet": "wechat"}, **paying)
    his.program.call("POST", f"/tickets/{ticket}/rating", {"grade": "satisfied"}, expect=404)
    said = his.person.asks("scan", scene="") and his.person.asks("text", content=story["case"])
    expect(story["her"].person.name not in said and "id_card" not in said, said)


def others_file(story: Story) -> None:
    """The neighbour cannot hand in her photograph as his own."""
    his = story["him"]
    body = {"kind": "complaint", "text": PAGES["agreement"], "files": [story["photo"]]}
    his.program.call("POST", "/tickets", body, key=fresh_key(), expect=404)


def strangers(story: Story) -> None:
    """Without sign-in, or with a token of nobody's, nothing is shown."""
    nobody = story.newcomer().program
    nobody.call("GET", "/cases", expect=401)
    nobody.token = "e30.e30.forged"  # noqa: S105 - a token that nobody issued
    nobody.call("GET", "/cases", expect=401)
    browser = Browser(story.where.web)
    page = browser.open(f"/console/cases/{plain(story['case'])}")
    expect("/console/sign-in" in page.url, f"the console shows a case at {page.url}")
    forged = story.newcomer().phone.inside
    forged.open("/h5/sign-in/back?code=0123456789&state=abcdef", expect=403)


def described(story: Story) -> None:
    """The API describes itself, on a page that loads nothing from elsewhere."""
    browser = Browser(story.where.web)
    spec = browser.open("/api/openapi.json").answer.json()
    expect(spec["openapi"].startswith("3.1"), spec["openapi"])
    expect("/api/v1/cases" in spec["paths"], "the API is not described")
    page = browser.open("/api/docs").answer.text
    elsewhere = re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page)
    expect(not elsewhere, f"the page loads {elsewhere}")


def money(story: Story) -> None:
    """The till sees both bills as paid, and the false notices in quarantine."""
    till = story["till"]
    for bill in (story["bill"], story["passport_bill"]):
        page = till.open(f"/bills/{plain(bill)}")
        expect(PAGES["bill_paid"] in page.text, page.text[:300])
    expect(plain(story["order"]) in till.open("/quarantine").text.replace("-", ""), "no quarantine")


def watch(story: Story) -> None:
    """The supervisor sees the bad rating; no effect and no message is stuck."""
    watcher = Desk(story.where, WATCHER)
    page = watcher.open("/ratings")
    expect(story["senior"] in page.text, f"the bad rating is not there: {page.text[:400]}")
    effects = watcher.open("/effects")
    expect(PAGES["no_effects"] in effects.text, effects.text[:400])
    messages = watcher.open("/messages")
    expect(PAGES["no_messages"] in messages.text, messages.text[:400])


def metrics(story: Story) -> None:
    """The metrics say that no promise is stuck and none is late."""
    browser = Browser(story.where.web)

    def kept() -> bool:
        said = browser.open("/metrics").answer.text
        stuck, late = _STUCK.findall(said), _LATE.findall(said)
        if not stuck or not late:
            raise Failed("the metrics do not say")
        return all(float(each) == 0 for each in stuck) and all(float(each) < 5 for each in late)

    eventually(kept, "all promises to be kept")


STEPS = (inbox, looks, others_numbers, others_file, strangers, described, money, watch, metrics)
