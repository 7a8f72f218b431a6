"""The sixth chapter: the decision, the end, and what she thought of it."""

from .desk import Desk, plain
from .handling import APPROVER
from .story import WORDS, Story, expect

DESK, TOLD, PAGES = WORDS["desk"], WORDS["told"], WORDS["pages"]


def clerk_may_not(story: Story) -> None:
    """The clerk may not decide."""
    story["clerk"].open(f"/cases/{plain(story['case'])}/approve", expect=403)


def approve(story: Story) -> None:
    """The approver approves, and she is told."""
    approver = Desk(story.where, APPROVER)
    story.keep(approver=approver)
    approver.move(story["case"], "approve", {"note": DESK["approved"]})
    story["her"].person.told(story["case"], TOLD["approved"])


def close(story: Story) -> None:
    """The clerk hands the result over and closes the case, and she is told."""
    story["clerk"].move(story["case"], "close")
    story["her"].person.told(story["case"], TOLD["closed"])


def too_late(story: Story) -> None:
    """A closed case is not moved again."""
    number = plain(story["case"])
    story["her"].program.call("POST", f"/cases/{number}/withdraw", expect=409)
    page = story["clerk"].case(number)
    moves = [form.action for form in page.forms if f"/cases/{number}/close" in form.action]
    expect(not moves, f"a closed case offers {moves}")


def rate(story: Story) -> None:
    """She rates it in five grades."""
    browser, number = story["her"].phone.inside, plain(story["case"])
    form = browser.open(f"/h5/cases/{number}/rating").form("/rating")
    page = browser.send(form, {"grade": "very_satisfied", "words": WORDS["voice"]["praise"]})
    expect(PAGES["rated"] in page.text, page.text[:300])
    story.keep(rating=form)


def rate_again(story: Story) -> None:
    """A second rating is refused."""
    number = plain(story["case"])
    worse = {"grade": "very_dissatisfied"}
    story["her"].program.call("POST", f"/cases/{number}/rating", worse, expect=409)


STEPS = (clerk_may_not, approve, close, too_late, rate, rate_again)
