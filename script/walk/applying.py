"""The third chapter: the guide, the form with its faults, the application, the receipt."""

import re

from .desk import plain
from .story import WORDS, Story, expect
from .web import Page

PAGES, TOLD, PLACE = WORDS["pages"], WORDS["told"], WORDS["place"]
SERVICE = "id_card_renewal"
FORM = f"/h5/services/{SERVICE}/apply"
_SPOKEN = re.compile(r"\d{8}-\d{6}-\d")


def guide(story: Story) -> None:
    """Read the guide: materials, fee and limit, what is unconfirmed marked, sample data named."""
    page = story["her"].phone.inside.open(f"/h5/services/{SERVICE}")
    for words in PAGES["guide"]:
        expect(words in page.text, f"the guide does not say {words}")
    expect(page.link(PAGES["apply"]).endswith(FORM), "no way to apply")


def faults(story: Story) -> None:
    """Send the form with faults: all of them are named at once."""
    browser = story["her"].phone.inside
    page = browser.open(FORM)
    expect(story["her"].person.id_number not in page.answer.text, "the form shows her number")
    wrong = {"draft.do": "check", "apply_kind": "lost", "old_id_expiry": "tomorrow"}
    page = browser.send(page.form(FORM), wrong, expect=422)
    for words in PAGES["faults"]:
        expect(words in page.text, f"the faults do not name {words}: {page.text[:400]}")


def apply(story: Story) -> None:
    """Send it right, with a photograph, read it over and submit."""
    her = story["her"]
    browser = her.phone.inside
    page = browser.open(FORM)
    values = {
        "draft.do": "check",
        "apply_kind": "lost",
        "applicant_region": PLACE["region"],
        "applicant_address": PLACE["address"].format(number=her.person.phone[-3:]),
        "is_agent": "false",
        "result_delivery": "1",
    }
    photo = (f"{her.person.name}.png", story.papers.photo, "image/png")
    page = browser.send(page.form(FORM), values, {"file.hukou_or_other": photo})
    expect(PAGES["fee"] in page.text, f"the last look does not say {PAGES['fee']}")
    confirm = page.form(FORM)
    done = browser.send(confirm, {"draft.do": "file"})
    expect(PAGES["filed"] in done.text, done.text[:300])
    story.keep(confirm=confirm, case=number_on(done))


def number_on(page: Page) -> str:
    """The first number a page says aloud."""
    found = _SPOKEN.search(page.text)
    expect(found, f"no number at {page.url}: {page.text[:200]}")
    return found.group() if found else ""


def tap_twice(story: Story) -> None:
    """Tap twice: it is the same case, and the only one."""
    her = story["her"]
    again = her.phone.inside.send(story["confirm"], {"draft.do": "file"})
    expect(number_on(again) == story["case"], "the second tap made a second case")
    listed = her.phone.inside.open("/h5/cases")
    expect(set(_SPOKEN.findall(listed.text)) == {story["case"]}, "there is more than one case")


def receipt(story: Story) -> None:
    """Get the receipt, her name masked on it."""
    her = story["her"]
    page = her.phone.inside.open(f"/h5/cases/{plain(story['case'])}/receipt")
    expect(PAGES["receipt"] in page.text and story["case"] in page.text, page.text[:300])
    expect(her.person.name not in page.text, "the receipt says her whole name")


def told(story: Story) -> None:
    """Be told that it has been received."""
    card = story["her"].person.told(story["case"], TOLD["submitted"])
    expect(plain(story["case"]) in card["url"], f"the card leads to {card['url']}")


def ask_in_chat(story: Story) -> None:
    """Ask in the chat for my cases."""
    said = story["her"].person.asks("text", content=WORDS["chat"]["my_cases"])
    expect(story["case"] in said and TOLD["submitted"] in said, said)


STEPS = (guide, faults, apply, tap_twice, receipt, told, ask_in_chat)
