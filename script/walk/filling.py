"""Any service applied for somehow: a desk full of cases for a picture or a demonstration."""

from typing import Any

from .program import about, apply, upload
from .story import WORDS, Resident, Story

Guide = dict[str, Any]


def apply_for(story: Story, resident: Resident, service: str) -> str:
    """Apply for a service whose questions are of the simple kinds; the case's number."""
    guide = resident.program.call("GET", f"/services/{service}")
    name = f"{resident.person.name}.pdf"
    files = {
        each["key"]: [upload(resident, story.papers.document, name)]
        for each in guide["materials"]
        if each["upload"] and each["required"]
    }
    body = {"service": service, "answers": _answers(resident, guide), "files": files}
    return str(apply(resident, body)["number"])


def _answers(resident: Resident, guide: Guide) -> dict[str, Any]:
    known, answers = about(resident), dict[str, Any]()
    for field in guide["form"]:
        asked = field.get("visible_if")
        hidden = asked and answers.get(asked["field"]) != asked["equals"]
        if field["required"] and not hidden:
            answers[field["key"]] = known.get(field["key"], _answer(resident, field))
    return answers


def _answer(resident: Resident, field: dict[str, Any]) -> Any:
    """Something that will do: the first choice, her own number, or a word of the kind."""
    if field.get("options"):
        first = field["options"][0]["value"]
        return [first] if field["type"] == "multiselect" else first
    if field["type"] == "id_number":
        return resident.person.id_number
    return WORDS["filling"][field["type"]]
