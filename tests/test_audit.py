"""Every line of the record can be found by its subject and is shown in words."""

import ast

from app.console import trail
from base import texts

from .test_house import SHIPPED, name, paths, tree


def calls():
    """(where, act, subject) of each line our code writes, as they stand in its source."""
    for path in paths(*SHIPPED):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("audit.record"):
                once = ast.unparse(node.func).endswith("once")
                act, subject = (node.args[1], node.args[3]) if once else node.args[2:4]
                yield name(path), opening(act), opening(subject)


def opening(node):
    """The constant that a word begins with; none if it is made elsewhere."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) else node
    return first.value if isinstance(first, ast.Constant) else None


def test_what_the_record_says_has_words():
    acts = texts.table("console.acts")
    said = [(where, act) for where, act, _ in calls() if act]
    assert len(said) > 30
    whole = set(acts) | {act.partition(".")[0] + "." for act in acts}
    assert [each for each in said if each[1] not in whole] == []


def test_why_something_was_done_is_told_in_words():
    reason = texts.say("payments.quarantine.order")
    assert trail._said({"reason": "order"}) == texts.say("console.facts.reason") + reason
    why = texts.say("console.facts.why") + texts.say("console.whys.case")
    assert trail._said({"why": "case:1"}) == f"{why}:1"


def test_whatever_the_record_is_about_can_be_asked_for():
    kinds = texts.table("console.subjects")
    about = [(where, subject.partition(":")[0]) for where, _, subject in calls() if subject]
    assert len(about) > 30
    assert [each for each in about if each[1] not in kinds] == []
