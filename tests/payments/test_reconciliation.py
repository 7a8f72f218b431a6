"""What wallets list is held against our books; what can be is mended, the rest is somebody's."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from base import clock
from base.errors import Unreachable
from payments import foreign, quarantine, refunds, repaying
from payments.attempts import NoSuchWallet
from payments.reconciliation import daily, differences, healing, store
from script.chaoses import daybook
from script.chaoses.money import checks
from script.chaoses.money.town import BILL, Town, refund

from .closing import QIAN, SUN, asked, at, fetched, found, healed, matched, nobody, seed, sounding

WALLETS = ["wechat", "alipay", "unionpay"]


@pytest.fixture
def noon(alice: Town) -> Town:
    at(alice, 12)
    return alice


def paid(town: Town, wallet: str, *, booked: bool = True):
    """Pay the bill, and let a night and half a day pass."""
    day, opened = clock.today(), town.open(wallet)
    town.pay(opened)
    if booked:
        asked(town)
    town.advance(days=1)
    return day, opened


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_day_on_which_both_agree_has_no_difference(noon, wallet):
    day, _ = paid(noon, wallet)
    assert matched(noon, wallet, day) == []
    done = store.statement(noon.db, store.name(wallet, day))
    assert (done.state, done.source) == ("matched", "wallet")
    assert done.figures["theirs"] == done.figures["ours"] == done.figures["same"]
    assert done.figures["theirs"]["payment"] == [1, 8000]
    assert bool(done.funds) == (wallet == "wechat")
    assert [each["payment"] for each in done.figures["agencies"]] == [[1, 8000]]


@pytest.mark.parametrize("wallet", WALLETS)
def test_money_that_nobody_told_us_of_is_settled_by_the_statement(noon, wallet):
    day, opened = paid(noon, wallet, booked=False)
    (one,) = matched(noon, wallet, day)
    assert (one.class_, one.cause, one.state) == ("long", "unbooked", "open")
    assert (one.theirs, one.ours, one.bill, one.gap) == (8000, None, BILL, 8000)
    assert "differences_open" in sounding(noon)
    assert healed(noon, wallet, day) == [("unbooked", "healed")]
    assert noon.bill().paid["attempt"] == opened.attempt
    assert noon.db["money_facts"].find_one({})["source"] == "query"
    assert "differences_open" not in sounding(noon)
    before = found(noon, wallet, day)
    assert matched(noon, wallet, day) == before
    checks.right(noon)


def test_a_refund_at_the_wallets_console_is_booked(noon):
    _, opened = paid(noon, "wechat")
    today = clock.today()
    refund(noon, opened)
    noon.advance(days=1)
    (one,) = matched(noon, "wechat", today)
    assert (one.class_, one.cause, one.theirs) == ("refund", "refund_console", 1)
    assert healed(noon, "wechat", today) == [("refund_console", "healed")]
    back = noon.bill().refunds["R1"]
    assert (back.state, back.reason, back.amount) == ("succeeded", "console", 1)
    assert noon.bill().refundable == 7999
    assert "refund.told" in noon.keep()
    checks.right(noon)


@pytest.mark.parametrize(
    ("kind", "cause", "class_"),
    [
        ("missing", "unlisted", "short"),
        ("amount", "amount", "amount"),
        ("duplicate", "repeated", "twice"),
        ("extra", "stranger", "long"),
    ],
)
def test_what_a_statement_gets_wrong_is_somebodys_to_see_to(noon, kind, cause, class_):
    day, _ = paid(noon, "wechat")
    if kind == "missing":
        seed(noon, "wechat", day, "extra")
    seed(noon, "wechat", day, kind)
    listed = matched(noon, "wechat", day)
    (one,) = [each for each in listed if each.cause == cause]
    assert (one.class_, one.state) == (class_, "open")
    assert (cause, "open") in healed(noon, "wechat", day)
    if kind == "missing":
        assert differences.get(noon.db, one.id).says == "paid"
    assert noon.bill().state == "paid"


def test_an_invented_refund_of_ours_is_not_booked(noon):
    day, opened = paid(noon, "wechat")
    seed(noon, "wechat", day, "extra", of="refund", number=opened.attempt)
    assert [each.cause for each in matched(noon, "wechat", day)] == ["refund_console"]
    assert healed(noon, "wechat", day) == [("refund_console", "open")]
    assert found(noon, "wechat", day)[0].says == "absent"
    assert noon.bill().refundable == 8000


def test_money_near_midnight_waits_for_the_next_statement(alice):
    at(alice, 23, 45)
    day, _ = paid(alice, "wechat")
    seed(alice, "wechat", day, "shifted")
    seed(alice, "wechat", day, "extra")
    at(alice, 11)
    doubt = next(each for each in matched(alice, "wechat", day) if each.class_ == "doubt")
    assert (doubt.state, doubt.ours, doubt.theirs) == ("waiting", 8000, None)
    alice.advance(days=1)
    assert matched(alice, "wechat", day + timedelta(days=1)) == []
    assert differences.get(alice.db, doubt.id).state == "healed"


def test_a_doubt_that_the_next_day_does_not_lift_becomes_somebodys(alice):
    at(alice, 23, 45)
    day, _ = paid(alice, "wechat")
    seed(alice, "wechat", day, "extra")
    seed(alice, "wechat", day, "missing")
    at(alice, 11)
    matched(alice, "wechat", day)
    alice.advance(days=1)
    at(alice, 13)
    assert fetched(alice, "wechat", day + timedelta(days=1)).state == "empty"
    states = {each.cause: each.state for each in found(alice, "wechat", day)}
    assert states["day_cut"] == "escalated"
    assert states["unlisted"] == "open"


def test_a_statement_that_is_not_there_is_asked_for_again_and_missed_at_noon(noon):
    day, _ = paid(noon, "wechat")
    seed(noon, "wechat", day, "creating")
    at(noon, 11)
    assert fetched(noon, "wechat", clock.today() - timedelta(days=1)).state == "awaited"
    assert "statement_missing" not in sounding(noon)
    at(noon, 13)
    assert fetched(noon, "wechat", day).state == "awaited"
    assert "statement_missing" in sounding(noon)


def test_a_statement_that_is_being_made_tells_of_money_even_where_nothing_is_booked(noon):
    day = clock.today()
    noon.advance(days=1)
    seed(noon, "wechat", day, "creating")
    at(noon, 13)
    assert fetched(noon, "wechat", day).state == "awaited"
    assert "statement_missing" in sounding(noon)


def test_a_day_on_which_nothing_seems_to_have_happened_is_asked_about_while_it_can_be(noon):
    day = clock.today()
    quiet = store.name("wechat", day - timedelta(days=1))
    noon.advance(days=1)
    at(noon, 13)
    assert fetched(noon, "wechat", day).state == "empty"
    with pytest.raises(Unreachable):
        daily.fetch(noon.db, noon.wallets, store.name("wechat", day))
    seed(noon, "wechat", day, "extra")
    (one,) = matched(noon, "wechat", day)
    assert one.cause == "stranger"
    assert fetched(noon, "wechat", day - timedelta(days=1)).state == "empty"
    noon.advance(days=3)
    daily.fetch(noon.db, noon.wallets, quiet)
    assert store.statement(noon.db, quiet).state == "empty"


def test_a_file_with_a_wrong_hash_or_count_is_refused(noon):
    day, _ = paid(noon, "wechat")
    seed(noon, "wechat", day, "summary")
    assert matched(noon, "wechat", day) == []
    bad = store.statement(noon.db, store.name("wechat", day))
    assert (bad.state, bad.trouble) == ("rejected", "count")
    assert "statement_refused" in sounding(noon)
    again = daily.again(noon.db, bad.id, by=QIAN)
    assert (again.state, again.history[-1]["by"]) == ("awaited", QIAN)
    seed(noon, "wechat", day, "hash")
    assert fetched(noon, "wechat", day).trouble == "hash"


def test_an_officer_may_bring_the_statement_once(noon):
    day, _ = paid(noon, "wechat")
    content = noon.wallets["wechat"].statement(day).content
    first = daily.receive(noon.db, "wechat", day, content, by=QIAN)
    assert (first.state, first.source) == ("stored", "upload")
    assert daily.receive(noon.db, "wechat", day, content, by=SUN) == first
    daily.match(noon.db, noon.wallets, first.id, nobody)
    with pytest.raises(daily.StatementDiffers):
        daily.receive(noon.db, "wechat", day, content + b"\r\n", by=QIAN)
    with pytest.raises(NoSuchWallet):
        daily.receive(noon.db, "counter", day, content, by=QIAN)
    assert daily.again(noon.db, first.id, by=QIAN).state == "matched"
    assert matched(noon, "wechat", day) == []
    own = fetched(noon, "wechat", day)
    assert (own.state, own.source) == ("matched", "wallet")
    assert "statement_replaced" not in sounding(noon)


def test_what_an_officer_brings_gives_way_to_the_wallets_own_file(noon):
    day, _ = paid(noon, "wechat")
    false = daybook.statement([])
    first = daily.receive(noon.db, "wechat", day, false, by=QIAN)
    daily.match(noon.db, noon.wallets, first.id, nobody)
    assert [each.cause for each in found(noon, "wechat", day)] == ["unlisted"]
    assert [each.state for each in matched(noon, "wechat", day)] == ["healed"]
    own = store.statement(noon.db, first.id)
    assert (own.state, own.source) == ("matched", "wallet")
    assert "replaced" in [step["move"] for step in own.history]
    assert "statement_replaced" in sounding(noon)


def test_two_officers_close_a_difference(noon):
    day, _ = paid(noon, "wechat")
    seed(noon, "wechat", day, "extra")
    (one,) = matched(noon, "wechat", day)
    assert differences.take(noon.db, one.id, by=QIAN).owner == QIAN
    with pytest.raises(differences.BadClosing):
        differences.propose(noon.db, one.id, by=QIAN, reason="because", note="x")
    told = {"reason": "returned", "note": "在商户后台退回"}
    proposed = differences.propose(noon.db, one.id, by=QIAN, **told)
    assert differences.said(proposed.note) == "在商户后台退回"
    with pytest.raises(differences.OwnDifference):
        differences.agree(noon.db, one.id, by=QIAN)
    assert differences.object(noon.db, one.id, by=SUN).state == "open"
    differences.propose(noon.db, one.id, by=SUN, **told)
    assert differences.agree(noon.db, one.id, by=QIAN).closed_by == QIAN
    assert "differences_open" not in sounding(noon)
    with pytest.raises(differences.DifferencePassed):
        differences.take(noon.db, one.id, by=QIAN)
    with pytest.raises(differences.DifferencePassed):
        differences.ask(noon.db, one.id, by=QIAN)
    assert differences.listed(noon.db, "closed")[0].id == one.id


def test_a_fact_that_its_bill_denies_is_a_difference(noon):
    day, _ = paid(noon, "wechat")
    noon.db["bills"].update_one({"_id": BILL}, {"$set": {"received": []}})
    assert [each.cause for each in matched(noon, "wechat", day)] == ["bill_differs"]
    assert len(differences.of_bill(noon.db, noon.bill())) == 1


def test_a_refund_that_the_wallet_finished_without_telling_us_is_booked(noon):
    paid(noon, "wechat")
    today = clock.today()
    owed = refunds.owe(noon.db, BILL, "case_ended")[0]
    repaying.go(noon.db, noon.wallets, BILL, owed.number)
    assert noon.bill().refunds[owed.number].state == "sent"
    noon.advance(days=1)
    (one,) = matched(noon, "wechat", today)
    assert one.cause == "refund_unbooked"
    assert healed(noon, "wechat", today) == [("refund_unbooked", "healed")]
    assert noon.bill().refunds[owed.number].state == "succeeded"


def test_more_than_was_paid_is_never_booked_as_a_console_refund(noon):
    _, opened = paid(noon, "wechat")
    refund(noon, opened)
    noon.advance(minutes=5)
    standing = noon.wallets["wechat"].query_refund(
        healing.Repayment("R1", opened.attempt, "", 1, 8000, "", clock.now())
    )
    notice = standing.notice
    assert foreign.book(noon.db, replace(notice, amount=8001)).result == "quarantined"
    assert foreign.book(noon.db, replace(notice, refund="a.b")).result == "quarantined"
    assert foreign.book(noon.db, replace(notice, attempt="X")).result == "quarantined"
    assert foreign.book(noon.db, notice).result == "settled"
    assert foreign.book(noon.db, notice).result == "already"
    assert quarantine.list(noon.db)[0].reason == "order"


def test_a_wallet_that_does_not_answer_leaves_the_difference_as_it_is(noon):
    day, opened = paid(noon, "wechat", booked=False)
    (one,) = matched(noon, "wechat", day)
    noon.fault(f"/v3/pay/transactions/out-trade-no/{opened.attempt}", "status", status=500)
    healing.heal(noon.db, {}, one.id)
    with suppress(Unreachable):
        healing.heal(noon.db, noon.wallets, one.id)
    assert differences.get(noon.db, one.id).state in ("open", "healed")
