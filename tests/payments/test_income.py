"""Fee income: counted on the day the money moved, by service and agency, refunds taken off."""

from datetime import UTC, date, datetime

import pytest

from base.store import Database
from payments import income
from payments.income import Flow

NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)


def fact(db: Database, at: datetime, amount: int, **other: object) -> None:
    told: dict[str, object] = {"kind": "payment", "service": "id", "agency": "police"}
    told |= {"surplus": False, "paid_at": at, "amount": amount} | other
    db["money_facts"].insert_one(told | {"_id": f"{at}:{amount}:{other}"})


def test_a_payment_counts_on_its_day_in_shanghai_and_a_refund_takes_off(db: Database) -> None:
    fact(db, datetime(2026, 11, 20, 15, 59, tzinfo=UTC), 4000)
    fact(db, datetime(2026, 11, 20, 16, 1, tzinfo=UTC), 8000)
    fact(db, datetime(2026, 11, 20, 17, 0, tzinfo=UTC), 1000, kind="refund")
    fact(db, datetime(2026, 11, 21, 2, 0, tzinfo=UTC), 9000, surplus=True)
    fact(db, datetime(2026, 11, 30, 16, 0, tzinfo=UTC), 7000)
    found = income.summed(income.flows(db, *NOVEMBER), "day")
    assert found == [
        Flow("2026-11-20", received=4000, payments=1),
        Flow("2026-11-21", received=8000, payments=1, returned=1000, refunds=1),
    ]
    assert [each.net for each in found] == [4000, 7000]


def test_it_is_summed_by_month_service_and_agency(db: Database) -> None:
    at = datetime(2026, 11, 5, tzinfo=UTC)
    fact(db, at, 100)
    fact(db, at, 200, service="house", agency="land")
    fact(db, datetime(2026, 10, 5, tzinfo=UTC), 300)
    found = income.flows(db, date(2026, 10, 1), NOVEMBER[1])
    assert [
        (each.period, each.service, each.net) for each in income.summed(found, "month", "service")
    ] == [
        ("2026-10", "id", 300),
        ("2026-11", "house", 200),
        ("2026-11", "id", 100),
    ]
    assert {each.agency: each.net for each in income.summed(found, "", "agency")} == {
        "police": 400,
        "land": 200,
    }
    mine = income.flows(db, *NOVEMBER, agency="land")
    assert sum(mine, Flow("")).net == 200


def test_days_on_which_nothing_happened_are_there_too() -> None:
    some = [Flow("2026-11-03", received=5)]
    days = income.filled(some, date(2026, 11, 2), date(2026, 11, 4), "day")
    assert [(each.period, each.net) for each in days] == [
        ("2026-11-02", 0),
        ("2026-11-03", 5),
        ("2026-11-04", 0),
    ]


@pytest.mark.parametrize("last", [date(2026, 10, 31), date(2027, 11, 2)])
def test_a_period_goes_forward_and_not_beyond_a_year(db: Database, last: date) -> None:
    with pytest.raises(income.BadPeriod):
        income.flows(db, NOVEMBER[0], last)
