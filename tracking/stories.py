"""What has happened to a case, told so that its resident understands it and sees what comes."""

from dataclasses import dataclass
from datetime import datetime

from base import money, texts

from . import cases
from .days import spoken_day
from .records import Case, Step


@dataclass(frozen=True)
class Chapter:
    """One line of the story: when, what in a word, what it means, and the note that came with it.

    `by` is the actor as stored; show residents the agency, not the operator.
    """

    at: datetime
    move: str
    title: str
    text: str
    note: str | None
    by: str


def story(case: Case) -> list[Chapter]:
    """The whole story, oldest first, its notes opened: for the resident and those who handle it."""
    return [_chapter(case, step) for step in case.history]


def _chapter(case: Case, step: Step) -> Chapter:
    return Chapter(
        at=step.at,
        move=step.move,
        title=texts.say(f"tracking.story.{step.move}.title"),
        text=texts.say(
            f"tracking.story.{step.move}.text",
            agency=case.agency_name,
            day=spoken_day(step.due) if step.due else "",
            amount=money.yuan(case.payment.amount if step.amount is None else step.amount),
        ),
        note=cases.note_of(step),
        by=step.by,
    )


def waiting(case: Case) -> str:
    """Who is awaited and until when, in one sentence."""
    if case.deadline is None:
        return texts.say("tracking.waiting.finished")
    if case.payment.state == "due":
        return texts.say("tracking.waiting.payment")
    day = spoken_day(case.deadline.due_day)
    words = texts.say(f"tracking.waiting.{case.deadline.kind}", agency=case.agency_name, day=day)
    return words + (texts.say("tracking.waiting.provisional") if case.deadline.provisional else "")
