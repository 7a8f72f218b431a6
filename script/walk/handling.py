"""The fourth chapter: the desk looks at the case, asks once for more, and accepts it."""

from .desk import Desk, plain
from .story import WORDS, Story, expect
from .web import Browser, Failed

DESK, TOLD, PAGES = WORDS["desk"], WORDS["told"], WORDS["pages"]
_SEND = "/cgi-bin/message/template/send"
CLERK, APPROVER, TILL, WATCHER = "chuangkou", "shenpi", "caiwu", "duban"


def wrong_password(story: Story) -> None:
    """A wrong password does not open the console, and the right one does."""
    browser = Browser(story.where.web)
    form = browser.open("/console/sign-in").form("/console/sign-in")
    page = browser.send(form, {"username": TILL, "password": "letmein"}, expect=401)
    expect("/sign-in" in page.url, f"let in to {page.url}")
    story.keep(till=Desk(story.where, TILL))


def sign_in(story: Story) -> None:
    """The clerk signs in and finds the case on the desk."""
    clerk = Desk(story.where, CLERK)
    page = clerk.open("/?view=submitted&limit=500")
    expect(story["case"] in page.text, f"not on the desk: {page.text[:300]}")
    story.keep(clerk=clerk)


def open_case(story: Story) -> None:
    """The clerk opens it: the story, the answers with numbers masked, the photograph."""
    her, clerk = story["her"].person, story["clerk"]
    page = clerk.case(story["case"])
    expect(her.id_number not in page.answer.text, "her identity number is shown unasked")
    files = [url for url, _ in page.links if "/files/" in url]
    if not files:
        raise Failed("no file to look at")
    answer = clerk.browser.open(files[0]).answer
    expect(story.papers.survives(answer.content), "the photograph is not the one she sent")
    headers = answer.headers
    expect(headers.get("X-Content-Type-Options") == "nosniff", "sniffable")
    expect("filename" in headers.get("Content-Disposition", ""), "no Content-Disposition")


def ask_for_more(story: Story) -> None:
    """The clerk asks for everything that is missing, and she is told of all of it."""
    asked = {"material.hukou_or_other": DESK["defect_photo"], "free": DESK["defect_form"]}
    story["clerk"].move(story["case"], "ask_supplement", asked)
    her = story["her"]
    her.person.told(story["case"], TOLD["supplementing"])
    page = her.phone.inside.open(f"/h5/cases/{plain(story['case'])}")
    for words in (DESK["defect_photo"], DESK["defect_form"]):
        expect(words in page.text, f"she does not read {words}")
    inbox = her.phone.inside.open("/h5/messages").text
    expect(DESK["defect_photo"] in inbox and DESK["defect_form"] in inbox, "not in the inbox")


def supplement(story: Story) -> None:
    """She hands in everything at once; what is still missing is named."""
    her = story["her"]
    browser, number = her.phone.inside, plain(story["case"])
    action = f"/cases/{number}/supplement"
    page = browser.open(f"/h5{action}")
    half = {"draft.do": "check", "applicant_address": ""}
    page = browser.send(page.form(action), half, expect=422)
    address = WORDS["place"]["address"].format(number=her.person.phone[-4:])
    whole = {"draft.do": "check", "applicant_address": address}
    photo = (f"{her.person.name}2.png", story.papers.photo, "image/png")
    browser.send(page.form(action), whole, {"file.hukou_or_other": photo})
    her.person.told(story["case"], TOLD["supplemented"])


def ask_again(story: Story) -> None:
    """Asking for more a second time is refused: once is all the law allows."""
    asked = {"free": DESK["defect_form"]}
    story["clerk"].force(story["case"], "ask_supplement", asked, expect=409)


def accept(story: Story) -> None:
    """The clerk accepts while WeChat falters; she is told of it and of the bill, once."""
    falter = {"endpoint": _SEND, "kind": "errcode", "errcode": -1, "errmsg": "system error"}
    story.simulator.call("POST", "/faults", falter, expect=201)
    story["clerk"].move(story["case"], "accept")
    her = story["her"].person
    her.told(story["case"], TOLD["accepted"])
    card = her.told(story["case"], TOLD["bill"])
    bill = card["url"].rsplit("/", 1)[-1]
    said = her.asks("text", content=WORDS["chat"]["owed"])
    expect(f"/h5/bills/{bill}" in said, said)
    story.keep(bill=bill)


STEPS = (
    wrong_password,
    sign_in,
    open_case,
    ask_for_more,
    supplement,
    ask_again,
    accept,
)
