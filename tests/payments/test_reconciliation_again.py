"""What is mended too soon is opened again; what nobody was there to see is looked at later."""

from datetime import timedelta
from typing import cast

import pytest

from base import alarms, clock
from base.errors import Unreachable
from base.store import Database
from payments import fiscal
from payments.reconciliation import daily, differences, store
from payments.wallets import Wallet
from payments.wallets.wallet import Refused
from script.chaoses.money.town import BILL, Town

from ..people.crashing import Crash, Crashing
from .closing import (
    QIAN,
    at,
    causes,
    fetched,
    found,
    heal,
    keep,
    noon_paid,
    payment,
    refunding,
    sounding,
    told,
)
from .office import Office

DAY = timedelta(days=1)


@pytest.fixture
def noon(alice: Town) -> Town:
    """Alice has paid by WeChat Pay at noon, and we know it."""
    noon_paid(alice)
    return alice


def test_a_second_charge_under_one_order_is_not_mended_by_the_first(noon: Town) -> None:
    today, second = clock.today(), payment(noon, transaction="4" * 28)
    assert told(noon, today, payment(noon), second) == {"unbooked": "open"}
    assert heal(noon, today) == {"unbooked": "open"}
    assert found(noon, "wechat", today)[0].says == "differs"


def test_an_unbooked_line_of_another_sum_is_settled_and_stays_somebodys(alice: Town) -> None:
    at(alice, 12)
    today, opened = clock.today(), alice.open("wechat")
    alice.pay(opened)
    notice = alice.wallets["wechat"].query(opened.attempt, clock.now()).notice
    assert notice is not None
    line = {"order": opened.attempt, "transaction": notice.transaction, "fen": 8001}
    line |= {"at": clock.now(), "refund": "", "id": ""}
    assert told(alice, today, line) == {"unbooked": "open"}
    assert heal(alice, today) == {"unbooked": "open"}
    assert alice.bill().state == "paid"
    assert told(alice, today, line) == {"amount": "open", "unbooked": "healed"}


def test_a_refund_under_another_of_the_wallets_numbers_stays_somebodys(noon: Town) -> None:
    today = clock.today()
    owed, line = refunding(noon, state="SUCCESS", id="5" * 29)
    lines = payment(noon), line
    noon.advance(days=1)
    assert told(noon, today, *lines) == {"refund_unbooked": "open"}
    assert heal(noon, today) == {"refund_unbooked": "open"}
    assert noon.bill().refunds[owed.number].state == "succeeded"


def test_a_money_fact_that_was_lost_is_not_mended_by_its_bill(noon: Town) -> None:
    today, line = clock.today(), payment(noon)
    (fact,) = noon.db["money_facts"].find({})
    noon.db["money_facts"].delete_one({"_id": fact["_id"]})
    assert told(noon, today, line) == {"unbooked": "open"}
    assert heal(noon, today) == {"unbooked": "open"}
    assert found(noon, "wechat", today)[0].says == "lost"
    noon.db["money_facts"].insert_one(fact)
    assert heal(noon, today) == {"unbooked": "healed"}
    assert found(noon, "wechat", today)[0].history[-1]["move"] == "already"
    noon.db["money_facts"].delete_one({"_id": fact["_id"]})
    assert told(noon, today, line) == {"unbooked": "open"}


def test_what_only_an_upload_had_placed_is_open_again_once_the_wallets_own_file_denies_it(
    noon: Town,
) -> None:
    today, moved = clock.today(), payment(noon, at=clock.now() + DAY)
    assert told(noon, today) == {"unlisted": "open"}
    assert told(noon, today + DAY, moved, by=QIAN) == {}
    keep(noon)
    assert causes(noon, today) == {"unlisted": "healed"}
    assert told(noon, today + DAY) == {}
    keep(noon)
    assert causes(noon, today) == {"unlisted": "open"}
    assert [each["move"] for each in found(noon, "wechat", today)[0].history] == [
        "found",
        "crossed",
        "found",
    ]
    assert differences.disputed(noon.db, BILL, moved["transaction"])
    assert "differences_open" in sounding(noon)


def test_an_upload_of_a_day_that_the_wallet_denies_is_somebodys_to_see_to(noon: Town) -> None:
    empty, denied = clock.today() - DAY, clock.today() - 2 * DAY
    told(noon, empty, by=QIAN)
    told(noon, denied, payment(noon, at=clock.now() - 2 * DAY), by=QIAN)
    noon.advance(hours=1)
    assert fetched(noon, "wechat", empty).trouble == ""
    assert "statement_missing" not in sounding(noon)
    assert fetched(noon, "wechat", denied).trouble == "denied"
    assert "statement_missing" in sounding(noon)


def test_more_differences_than_a_page_shows_are_mended_and_shown_behind_what_waits(
    noon: Town,
) -> None:
    today = clock.today()
    told(noon, today, by=QIAN)
    (one,) = noon.db["differences"].find({"statement": store.name("wechat", today)})
    noon.db["differences"].insert_many(one | {"_id": f"{n}"} for n in range(store.MOST))
    assert set(told(noon, today, payment(noon)).values()) == {"healed"}
    assert store.count(noon.db, store.name("wechat", today), "healed") == store.MOST + 1
    assert "differences_open" not in sounding(noon)
    noon.db["differences"].insert_one(one | {"_id": "x"})
    listed = found(noon, "wechat", today)
    assert (listed[0].state, len(listed)) == ("open", store.MOST)


def test_days_that_passed_while_nobody_was_there_are_awaited(noon: Town) -> None:
    first = clock.today() - 3 * DAY
    assert daily.expect(noon.db, noon.wallets) == 3 * 3
    noon.advance(days=10)
    assert daily.expect(noon.db, noon.wallets) == 3 * 10
    awaited = store.between(noon.db, first, clock.today())
    assert {each.day for each in awaited} == {f"{first + DAY * n}" for n in range(13)}
    assert daily.expect(noon.db, noon.wallets) == 0


def test_days_on_which_finance_was_not_asked_are_compared_later(office: Office) -> None:
    at(office.town, 12)
    fiscal.compare_due(office.db, office.finance)
    office.town.advance(days=10)
    fiscal.compare_due(office.db, office.finance)
    compared = office.db["fiscal_days"].find({"_id": {"$gt": ""}})
    assert len(list(compared)) == 13


def test_an_interrupted_sweep_loses_no_day(office: Office) -> None:
    at(office.town, 12)
    fiscal.compare_due(office.db, office.finance)
    office.town.advance(days=10)
    office.fault("/daily", kind="latency", seconds=0, times=3)
    office.fault("/daily", kind="reset")
    with pytest.raises(Unreachable):
        fiscal.compare_due(office.db, office.finance)
    fiscal.compare_due(office.db, office.finance)
    assert office.db["fiscal_days"].count_documents({"_id": {"$gt": ""}}) == 13


def test_a_day_that_finance_refuses_to_tell_of_keeps_no_other_waiting(office: Office) -> None:
    at(office.town, 12)
    office.fault("/daily", kind="error", code="1003")
    with pytest.raises(Refused):
        fiscal.compare_due(office.db, office.finance)
    assert office.db["fiscal_days"].count_documents({"differing": []}) == 2


def test_a_day_that_finance_refuses_to_tell_of_is_asked_for_until_it_is_told(
    office: Office,
) -> None:
    at(office.town, 12)
    fiscal.compare_due(office.db, office.finance)
    refused = str(clock.today())
    for _ in range(2):
        office.town.advance(days=1)
        office.fault("/daily", kind="error", code="1003")
        with pytest.raises(Refused):
            fiscal.compare_due(office.db, office.finance)
    assert office.sounding() == {"finance_unlisted"}
    office.town.advance(days=10)
    fiscal.compare_due(office.db, office.finance)
    assert office.db["fiscal_days"].find_one({"_id": refused})["differing"] == []
    assert office.sounding() == set()


def refused(office: Office, code: str, times: int) -> None:
    office.fault("/daily", kind="error", code=code, times=times)
    with pytest.raises(Refused):
        fiscal.compare_due(office.db, office.finance)


def test_the_alarm_of_a_day_without_a_list_stays_cleared_until_finance_says_something_else(
    office: Office,
) -> None:
    at(office.town, 12)
    refused(office, "1003", 3)
    for each in alarms.standing(office.db):
        alarms.clear(office.db, each["kind"], each["key"], by=QIAN)
    refused(office, "1003", 3)
    assert office.sounding() == set()
    refused(office, "1001", 3)
    assert office.sounding() == {"finance_unlisted"}


def test_a_day_that_finance_never_lists_is_asked_for_no_longer_than_is_made_up(
    office: Office,
) -> None:
    at(office.town, 12)
    refused(office, "1003", 3)
    office.town.advance(days=100)
    fiscal.compare_due(office.db, office.finance)
    assert office.db["fiscal_days"].count_documents({"refused": "1003"}) == 3


class Refusing:
    """A wallet that gives no statement."""

    def statement(self, _day: object) -> None:
        raise Refused("NO_AUTH")


def test_a_day_that_a_wallet_refuses_to_tell_of_is_asked_for_until_it_is_told(noon: Town) -> None:
    id = store.name("wechat", clock.today() - DAY)
    for days in (0, 10):
        noon.advance(days=days)
        daily.expect(noon.db, noon.wallets)
        with pytest.raises(Unreachable):
            daily.fetch(noon.db, {"wechat": cast("Wallet", Refusing())}, id)
    assert "statement_refused" in sounding(noon)


def test_whoever_dies_while_awaiting_statements_loses_no_day(noon: Town) -> None:
    daily.expect(noon.db, noon.wallets)
    noon.advance(days=10)
    with pytest.raises(Crash):
        daily.expect(cast("Database", Crashing(noon.db, 4)), noon.wallets)
    assert daily.expect(noon.db, noon.wallets) == 3 * 10 - 4
