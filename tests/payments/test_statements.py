"""Each wallet's statement of a day is fetched whole, held against its hash, and never guessed."""

import base64
import gzip
import zlib
from datetime import date, timedelta
from typing import Any

import pytest

from base import clock
from base.errors import Unreachable
from payments import decisions, refunds
from payments.wallets import alipay_files, archives
from payments.wallets.wallet import BadHash, NoStatementYet, Refused

from .closing import at
from .town import BILL, Town

WALLETS = ["wechat", "alipay", "unionpay"]


@pytest.fixture
def noon(alice: Town) -> Town:
    """Alice's town at noon in Shanghai, so that a day's money does not fall into two days."""
    at(alice, 12)
    return alice


def paid(town: Town, wallet: str) -> tuple[str, date]:
    """Pay a bill, and let the night pass."""
    opened, today = town.open(wallet), clock.today()
    town.pay(opened)
    town.advance(days=1)
    return opened.attempt, today


def lines(town: Town, wallet: str, day: date) -> list[str]:
    found = town.wallets[wallet].statement(day)
    assert (found.day, found.hash_ok) == (day, True)
    charset = "utf-8-sig" if wallet == "wechat" else "gbk"
    return found.content.decode(charset).splitlines()


def seed(town: Town, wallet: str, day: date, kind: str, **told: Any) -> None:
    path = f"wallets/{wallet}/statement-faults"
    assert town.control(path, day=day.isoformat(), kind=kind, **told)["ok"]


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_day_is_fetched_whole(noon: Town, wallet: str) -> None:
    number, day = paid(noon, wallet)
    with pytest.raises(NoStatementYet):
        noon.wallets[wallet].statement(day - timedelta(days=3))
    assert sum(number in line for line in lines(noon, wallet, day)) == 1


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_day_that_is_not_over_has_no_statement(noon: Town, wallet: str) -> None:
    noon.pay(noon.open(wallet))
    with pytest.raises((NoStatementYet, Refused)):
        noon.wallets[wallet].statement(clock.today())
    noon.advance(hours=20)
    with pytest.raises(NoStatementYet):
        noon.wallets[wallet].statement(clock.today() - timedelta(days=1))


def test_wechats_bill_has_its_columns_sums_and_fund_flow(noon: Town) -> None:
    number, day = paid(noon, "wechat")
    heading, row, _, last = lines(noon, "wechat", day)
    assert len(heading.split(",")) == len(row.split(",")) == 27
    assert last.split(",")[:2] == ["`1", "`80.00"]
    funds = noon.wallets["wechat"].statement(day).funds.decode("utf-8-sig").splitlines()
    assert (len(funds), number in funds[1], number in funds[2]) == (5, True, True)
    assert [each.split(",")[6] for each in funds[1:3]] == ["`80.00", "`0.48"]


def test_alipays_detail_has_its_columns_and_sums(noon: Town) -> None:
    number, day = paid(noon, "alipay")
    found = lines(noon, "alipay", day)
    row = next(line for line in found if number in line)
    assert len(row.split(",")) == 25
    assert found[-3] == "#交易合计：1笔，商家实收共80.00元，商家优惠共0.00元"


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_refund_is_listed_as_one(open_door: Town, wallet: str) -> None:
    at(open_door, 12)
    opened, today = open_door.open(wallet), clock.today()
    open_door.pay(opened)
    back = refunded(open_door)
    open_door.advance(days=1)
    found = lines(open_door, wallet, today)
    assert sum(back in line for line in found) == 1


def refunded(town: Town) -> str:
    """Give three yuan back, all the way."""
    payment = town.bill().received[0]
    wish = refunds.Wish(payment["transaction"], 300, "退", "operator:qian", "k")
    number = refunds.request(town.db, BILL, wish).number
    decisions.approve(town.db, BILL, number, by="operator:sun")
    town.keep()
    town.advance(minutes=1)
    town.keep()
    assert town.bill().refunds[number].state == "succeeded"
    return number


@pytest.mark.parametrize(
    ("kind", "listed"),
    [("missing", 0), ("duplicate", 2), ("amount", 1), ("extra", 1), ("shifted", 0)],
)
@pytest.mark.parametrize("wallet", WALLETS)
def test_a_seeded_fault_stands_in_the_statement(
    noon: Town, wallet: str, kind: str, listed: int
) -> None:
    number, day = paid(noon, wallet)
    seed(noon, wallet, day, "extra", fen=5)
    seed(noon, wallet, day, kind)
    found = lines(noon, wallet, day)
    assert sum(number in line for line in found) == listed
    noon.web.delete(f"{noon.url}/control/v1/wallets/{wallet}/statement-faults")
    kept = noon.web.get(f"{noon.url}/control/v1/wallets/{wallet}/statement-faults").json()
    assert kept == {"faults": {}}


def test_a_shifted_row_stands_in_the_next_day(noon: Town) -> None:
    number, day = paid(noon, "wechat")
    seed(noon, "wechat", day, "shifted", number=number)
    noon.advance(days=1)
    assert any(number in line for line in lines(noon, "wechat", day + timedelta(days=1)))
    with pytest.raises(NoStatementYet, match="NO_STATEMENT_EXIST"):
        noon.wallets["wechat"].statement(day)


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_broken_file_is_no_statement(noon: Town, wallet: str) -> None:
    _, day = paid(noon, wallet)
    seed(noon, wallet, day, "hash")
    with pytest.raises(BadHash):
        noon.wallets[wallet].statement(day)


def test_the_file_itself_may_miscount(noon: Town) -> None:
    _, day = paid(noon, "wechat")
    seed(noon, "wechat", day, "summary")
    assert lines(noon, "wechat", day)[-1].startswith("`2,")


def test_what_is_no_fault_or_no_wallet_is_not_seeded(alice: Town) -> None:
    assert not alice.control("wallets/wechat/statement-faults", kind="strange")["ok"]
    assert not alice.control("wallets/gold/statement-faults", kind="extra")["ok"]
    assert not alice.control("wallets/wechat/statement-faults")["ok"]


@pytest.mark.parametrize("content", ["", "x", "AAAA"])
def test_an_answer_without_a_file_is_no_statement(alice: Town, content: str) -> None:
    alice.fault("/unionpay/files/", "answer", respCode="00", fileContent=content)
    with pytest.raises((Unreachable, BadHash)):
        alice.wallets["unionpay"].statement(clock.today())
    alice.fault("/unionpay/files/", "answer", respCode="11")
    with pytest.raises(Refused, match="11"):
        alice.wallets["unionpay"].statement(clock.today())


def test_a_download_that_fails_leaves_nothing(noon: Town) -> None:
    for wallet, path in (("wechat", "/v3/billdownload/file"), ("alipay", "/alipay/bills/*")):
        _, day = paid(noon, wallet) if wallet == "wechat" else ("", clock.today())
        if wallet == "alipay":
            day = clock.today() - timedelta(days=1)
            seed(noon, "alipay", day, "extra")
        noon.fault(path, "status", status=502)
        with pytest.raises(Unreachable):
            noon.wallets[wallet].statement(day)


def test_a_statement_at_a_strange_address_is_not_fetched() -> None:
    for url in ("http://dwbillcenter.alipay.com/x", "https://alipay.com.example/x", "file:///x"):
        with pytest.raises(Unreachable):
            alipay_files.detail("https://openapi.alipay.com/gateway.do", url)


def test_what_does_not_unpack_is_refused() -> None:
    assert archives.gunzipped(b"plain") == b"plain"
    assert archives.gunzipped(gzip.compress(b"x")) == b"x"
    for broken in (gzip.compress(b"x" * 99)[:-4], b"\x1f\x8bnonsense"):
        with pytest.raises(BadHash):
            archives.gunzipped(broken)
    packed = base64.b64decode(base64.b64encode(zlib.compress(b"x" * 99)[:-3]))
    with pytest.raises(BadHash):
        archives.inflated(packed)
    with pytest.raises(BadHash):
        archives.member(b"PK nothing", "ZM_")
