"""Whatever anybody tries in whatever order, a case's history stays one that could have happened."""

from collections import Counter
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from base.errors import Problem
from tracking import cases, stories

# Written out again on purpose: the test does not ask the table it judges.
LEGAL = {
    ("submitted", "accept", "accepted"): "case.accepted",
    ("submitted", "decline", "declined"): "case.declined",
    ("submitted", "ask_supplement", "supplementing"): "case.supplementing",
    ("supplementing", "supplement", "submitted"): "case.supplemented",
    ("accepted", "approve", "approved"): "case.approved",
    ("accepted", "refuse", "refused"): "case.refused",
    ("approved", "close", "closed"): "case.closed",
    ("submitted", "withdraw", "withdrawn"): "case.withdrawn",
    ("supplementing", "withdraw", "withdrawn"): "case.withdrawn",
    ("accepted", "withdraw", "withdrawn"): "case.withdrawn",
}
MOVES = sorted({move for _, move, _ in LEGAL})
ENDS = {"declined", "refused", "closed", "withdrawn"}


class Life(RuleBasedStateMachine):
    """One case of a service that is paid at `when`."""

    desk, when = None, None

    def __init__(self):
        super().__init__()
        self.case = self.desk.with_service(pay_when=self.when).submit()
        self.paid_at = 0

    def now(self):
        return cases.get(self.desk.db, self.case.number)

    @rule(move=st.sampled_from(MOVES), note=st.sampled_from([None, "理由"]))
    def anybody_tries(self, move, note):
        facts = {"note": note}
        if move == "supplement":
            facts["files"] = {"photo": [self.desk.file()]}
        try:
            moved = self.desk.move(self.case, move, **facts)
        except Problem:
            return
        assert move in [step.move for step in moved.history]

    @rule()
    def the_wallet_tells(self):
        try:
            self.desk.paid(self.case)
        except cases.PaymentDiffers:
            return

    @rule(bill=st.sampled_from(["b1", "b2"]))
    def a_bill_is_issued(self, bill):
        try:
            cases.bill_issued(self.desk.db, self.case.number, bill)
        except cases.PaymentDiffers:
            return

    @invariant()
    def the_story_could_have_happened(self):
        told = self.now().history
        assert (told[0].move, told[0].start, told[0].to) == ("submit", None, "submitted")
        for before, step in pairwise(told):
            assert step.start == before.to
            quiet = step.move in ("bill", "pay") and step.start == step.to
            assert quiet or (step.start, step.move, step.to) in LEGAL
        assert [step.at for step in told] == sorted(step.at for step in told)

    @invariant()
    def what_may_happen_once_happened_once(self):
        count = Counter(step.move for step in self.now().history)
        assert all(count[once] <= 1 for once in [*MOVES, "bill", "pay"])

    @invariant()
    def every_promise_is_there_exactly_once(self):
        case = self.now()
        owed = [LEGAL.get((step.start, step.move, step.to)) for step in case.history]
        expected = sorted(["case.submitted", *filter(None, owed)])
        assert self.desk.promised(case) == expected

    @invariant()
    def state_version_deadline_and_history_agree(self):
        case = self.now()
        assert case.state == case.history[-1].to
        assert case.version == len(case.history)
        assert (case.deadline is None) == (case.state in ENDS) == case.finished

    @invariant()
    def nothing_is_handed_out_unpaid(self):
        case = self.now()
        stages = {"submit": "accept", "accept": "approve", "decide": "close"}
        told = [step.move for step in case.history]
        if self.when in stages and stages[self.when] in told:
            assert "pay" in told[: told.index(stages[self.when])]

    @invariant()
    def the_resident_can_read_it(self):
        case = self.now()
        assert all(chapter.text for chapter in stories.story(case))
        assert stories.waiting(case)


def lives(desk, when):
    pace = settings(max_examples=12, stateful_step_count=14, deadline=None)
    life = type("Life", (Life,), {"desk": desk, "when": when})
    run_state_machine_as_test(life, settings=pace)


def test_a_life_without_a_fee_is_possible(desk):
    lives(desk, None)


def test_a_life_paid_at_once_is_possible(desk):
    lives(desk, "submit")


def test_a_life_paid_when_accepted_is_possible(desk):
    lives(desk, "accept")


def test_a_life_paid_when_decided_is_possible(desk):
    lives(desk, "decide")
