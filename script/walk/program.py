"""Chapters in the mini-program: a second case paid at Alipay, one without a fee, one withdrawn."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .desk import plain
from .paying import untold
from .story import WORDS, Resident, Story, expect
from .web import Failed, Page, eventually, fresh_key

TOLD = WORDS["told"]
PASSPORT = "passport_issue"
SENIOR = "senior_card"
PASSPORT_FEN = 14_000


def about(resident: Resident, **more: Any) -> dict[str, Any]:
    """What every form asks of an applicant, and what this one asks beside."""
    place = WORDS["place"]
    return {
        "applicant_name": resident.person.name,
        "applicant_id_type": "111",
        "applicant_id_no": resident.person.id_number,
        "applicant_mobile": resident.person.phone,
        "applicant_region": place["region"],
        "applicant_address": place["address"].format(number=resident.person.phone[-3:]),
        "is_agent": False,
        "result_delivery": "1",
    } | more


def upload(resident: Resident, content: bytes, name: str) -> str:
    """Upload one file in the mini-program; its id."""
    sent = {"file": (name, content)}
    return str(resident.program.call("POST", "/files", files=sent, expect=201)["id"])


def papers(story: Story, resident: Resident) -> tuple[str, str]:
    """A photograph and a document, uploaded by their owner under her own name."""
    name = resident.person.name
    photo = upload(resident, story.papers.photo, f"{name}.png")
    return photo, upload(resident, story.papers.document, f"{name}.pdf")


def apply(resident: Resident, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Submit an application in the mini-program; the case."""
    case: dict[str, Any] = resident.program.call(
        "POST", "/cases", body, key=key or fresh_key(), expect=201
    )
    return case


def faults(story: Story) -> None:
    """Apply for a passport with faults: all of them are named at once, and nothing is filed."""
    her = story["her"]
    before = her.program.call("GET", "/cases")
    wrong = about(her, applicant_id_no="341821190001010000", applicant_mobile="12345")
    body = {"service": PASSPORT, "answers": wrong, "files": {}}
    error = her.program.call("POST", "/cases", body, key=fresh_key(), expect=422)["error"]
    named = {each["field"] for each in error["details"]}
    wanted = {"applicant_id_no", "applicant_mobile", "surname_pinyin", "files.photo"}
    expect(wanted <= named, f"only {sorted(named)} were named")
    program = {"file": ("photo.png", b"MZ this is a program")}
    her.program.call("POST", "/files", files=program, expect=422)
    expect(her.program.call("GET", "/cases") == before, "something was filed all the same")


def file_passport(story: Story) -> None:
    """Apply for a passport with papers; a double tap is one case."""
    her = story["her"]
    photo, document = papers(story, her)
    slots = her.program.call("GET", f"/services/{PASSPORT}")["form"]
    slot = next(each for each in slots if each["key"] == "appointment_slot")["options"][0]["value"]
    answers = about(
        her,
        apply_kind="first",
        surname_pinyin="LIN",
        given_pinyin="QI",
        birth_place=WORDS["place"]["label"],
        is_registered_official=False,
        appointment_slot=slot,
        need_note=True,
    )
    files = {"photo": [photo], "id_doc": [document]}
    body, key = {"service": PASSPORT, "answers": answers, "files": files}, fresh_key()
    first, second = apply(her, body, key), apply(her, body, key)
    expect(first["number"] == second["number"], "the second tap made a second case")
    story.keep(passport=first["number"], photo=photo)


def photo_is_clean(story: Story) -> None:
    """The photograph comes back as she sees it, without what the camera had hidden in it."""
    her = story["her"]
    content = her.program.fetch(f"/files/{story['photo']}")
    expect(story.papers.survives(content), "the photograph is not what was uploaded, cleaned")
    story["him"].program.call("GET", f"/files/{story['photo']}", expect=404)


def owe(story: Story) -> None:
    """Be told of the case and of its bill, to be paid before it is looked at."""
    her = story["her"]
    number = story["passport"]
    her.person.told(number, TOLD["submitted"])
    her.person.told(number, TOLD["bill"])
    bills = her.program.call("GET", "/bills")["bills"]
    bill = next(each for each in bills if each["case"] == number)
    expect(bill["total"] == PASSPORT_FEN, f"the bill is over {bill['total']} fen")
    said = her.person.asks("text", content=WORDS["chat"]["owed"])
    expect(f"/h5/bills/{plain(bill['number'])}" in said, said)
    story.keep(passport_bill=plain(bill["number"]))


def not_before_paid(story: Story) -> None:
    """The clerk cannot accept before it is paid."""
    story["clerk"].force(story["passport"], "accept", {}, expect=409)


def pay_link(story: Story) -> None:
    """Get a pay link in the mini-program; inside WeChat it only says to open it elsewhere."""
    her, bill = story["her"], story["passport_bill"]
    asked = {"wallet": "alipay"}
    where, key = f"/bills/{bill}/attempts", f"pay-{bill}"
    link = her.program.call("POST", where, asked, expect=201, key=key)["link"]
    path = link.removeprefix(story.where.web)
    page = her.phone.inside.open(path)
    expect(WORDS["pages"]["elsewhere"] in page.text, page.text[:300])
    story.keep(pay_link=path)


def pay_at_alipay(story: Story) -> None:
    """Open the link in the phone's browser, pay at Alipay's cashier, and come back paid."""
    her = story["her"]
    page = her.phone.outside.open(story["pay_link"])
    for secret in (her.person.name, her.person.id_number, her.person.phone):
        expect(secret not in page.text, "the pay page shows who she is")
    onward = her.phone.outside.send(page.form("/alipay"))
    cashier = her.phone.outside.open(onward.link(WORDS["pages"]["pay_at_alipay"]))
    story.keep(alipay_order=_order_behind(cashier))
    expect("/alipay/cashier/" in cashier.url, f"not at the cashier but at {cashier.url}")
    back = her.phone.outside.send(cashier.form("/confirm"))
    expect(WORDS["pages"]["paid"] in back.text, f"back at {back.url}: {back.text[:200]}")
    bill = story["passport_bill"]

    def paid() -> bool:
        return bool(her.program.call("GET", f"/bills/{bill}")["state"] == "paid")

    eventually(paid, "the bill to be paid")
    her.person.told(story["passport"], TOLD["paid"])


def _order_behind(cashier: Page) -> str:
    """The order number in the signed address that led to a cashier."""
    led = [step.url for step in cashier.answer.history if "/gateway.do" in step.url]
    asked = parse_qs(urlsplit(led[0]).query)
    return str(json.loads(asked["biz_content"][0])["out_trade_no"])


def repeated_at_alipay(story: Story) -> None:
    """Alipay's notice again, and false ones: nothing changes."""
    her, bill = story["her"], story["passport_bill"]
    before = untold(her.program.call("GET", f"/bills/{bill}"))
    for kind in ("again", "forged", "short", "other_merchant"):
        said = story.simulator.notice("alipay", story["alipay_order"], kind)
        expect((said["body"] == "success") == (kind == "again"), f"{kind}: {said}")
    expect(untold(her.program.call("GET", f"/bills/{bill}")) == before, "the bill has changed")
    her.person.told(story["passport"], TOLD["paid"])


def accept_paid(story: Story) -> None:
    """Now that it is paid, the clerk accepts it."""
    story["clerk"].move(story["passport"], "accept")
    story["her"].person.told(story["passport"], TOLD["accepted"])


def free(story: Story) -> None:
    """A neighbour applies for what costs nothing, is told in the mini-program, and owes nothing."""
    his = story["him"]
    number = apply_senior(story, his)
    card = his.person.told(number, TOLD["submitted"])
    expect(card["kind"] == "subscription", f"told by a {card['kind']}")
    expect(his.program.call("GET", "/bills") == {"bills": []}, "he owes something")
    story.keep(senior=number)


def handle_free(story: Story) -> None:
    """It is accepted, approved and closed without any money; he is told, and rates it badly."""
    his, number = story["him"], story["senior"]
    for desk, move in (("clerk", "accept"), ("approver", "approve"), ("clerk", "close")):
        story[desk].move(number, move)
    for told in ("accepted", "approved", "closed"):
        his.person.told(number, TOLD[told])
    expect(his.program.call("GET", "/bills") == {"bills": []}, "he owes something")
    grade = {"grade": "dissatisfied", "words": WORDS["voice"]["worse"]}
    his.program.call("POST", f"/cases/{plain(number)}/rating", grade, expect=201)


def withdraw(story: Story) -> None:
    """Withdraw a case, twice by a shaky thumb, and be told once."""
    his = story["him"]
    number = apply_senior(story, his)
    for _ in range(2):
        case = his.program.call("POST", f"/cases/{number}/withdraw")
        expect(case["state"] == "withdrawn", case["state"])
    his.person.told(number, TOLD["withdrawn"])


def apply_senior(story: Story, resident: Resident) -> str:
    """Apply for the card of the elderly, which costs nothing; the case's number."""
    photo, document = papers(story, resident)
    answers = about(resident, birth_date="1958-03-05", resident_type="local")
    files = {"photo": [photo], "id_doc": [document]}
    case = apply(resident, {"service": SENIOR, "answers": answers, "files": files})
    if case["payment"]["state"] != "none":
        raise Failed(f"a free service asks for {case['payment']}")
    return str(case["number"])


STEPS = (
    faults,
    file_passport,
    photo_is_clean,
    owe,
    not_before_paid,
    pay_link,
    pay_at_alipay,
    repeated_at_alipay,
    accept_paid,
    free,
    handle_free,
    withdraw,
)
