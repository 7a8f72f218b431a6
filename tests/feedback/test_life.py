"""Whatever anybody does in whatever order, a ticket's life stays in its table."""

import secrets

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from base.errors import Problem
from feedback import moves, store, tickets
from feedback.grades import GRADES

from .conftest import CLERK, COUNTY, LI, POLICE, SUPERVISOR, WANG

OPERATORS = st.sampled_from([CLERK, POLICE, SUPERVISOR, COUNTY])
RESIDENTS = st.sampled_from([WANG, LI])
EFFECTS = {"file": "ticket.opened", "answer": "ticket.answered", "rate": "ticket.rated"}


class Life(RuleBasedStateMachine):
    held = []
    numbers = Bundle("numbers")

    def __init__(self):
        super().__init__()
        (self.db,) = self.held

    @rule(target=numbers, resident=RESIDENTS, text=st.sampled_from(["几点开门", "收红包"]))
    def complains(self, resident, text):
        key = secrets.token_hex(8)
        given = {"resident": resident, "key": key, "agency": "police", "text": text}
        first, again = tickets.complain(self.db, **given), tickets.complain(self.db, **given)
        assert first == again
        return first.number

    @rule(number=numbers, operator=OPERATORS)
    def answers(self, number, operator):
        allowed = tickets.may_see(operator, tickets.get(self.db, number))
        if tried(tickets.answer, self.db, number, operator, "八点半。"):
            assert allowed

    @rule(number=numbers, operator=OPERATORS, agency=st.sampled_from(["police", "health"]))
    def passes_on(self, number, operator, agency):
        if tried(tickets.transfer, self.db, number, operator, agency):
            assert tickets.get(self.db, number).agency == agency

    @rule(number=numbers, resident=RESIDENTS, grade=st.sampled_from(GRADES))
    def rates(self, number, resident, grade):
        before = tickets.get(self.db, number)
        if tried(tickets.rate, self.db, number, resident, grade):
            assert (before.state, before.resident) == (moves.ANSWERED, resident)

    @invariant()
    def every_history_walks_the_table(self):
        for row in store.tickets(self.db).find().limit(100):
            holds(row)


def tried(act, *given):
    try:
        act(*given)
    except Problem:
        return False
    return True


def holds(row):
    state, owed = None, []
    for step in row["history"]:
        assert step["from"] == state
        move = moves.MOVES.get(step["move"])
        assert move is None or (move.start, move.to) == (step["from"], step["to"])
        state = step["to"]
        owed += [EFFECTS[step["move"]]] if step["move"] in EFFECTS else []
    assert state == row["state"]
    assert row["version"] == len(row["history"])
    promised = [each["effect"] for each in row["outbox"].values()]
    assert [each for each in promised if each in EFFECTS.values()] == owed
    assert (row["answer"] is None) == (row["state"] == moves.OPEN)
    assert (row["rating"] is None) == (row["state"] != moves.DONE)


def test_a_tickets_life_stays_in_its_table(db):
    Life.held = [db]
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=15,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
