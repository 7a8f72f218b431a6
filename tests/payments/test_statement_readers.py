"""Statements are read line by line, and refused when they contradict themselves."""

import gzip
import io
import zipfile
from datetime import UTC, date, datetime

import pytest

from base import privacy
from payments import days, statements
from payments.statements import Damaged, funds, store
from script.chaoses import daybook
from simulator.wallets import unionpay_files
from simulator.wallets.statements import WORDS

DAY = daybook.DAY
MERCHANT = daybook.MERCHANT
SELLER = "2088000000000001"
UNION = "777290058110048"


def wechat(lines=20, wrong=0):
    return daybook.statement(daybook.made_up(lines, 1).lines, wrong)


def alipay(rows=2, count=None, account=SELLER, fee="80.00"):
    words = WORDS["alipay"]
    goods = "工本费, 3本"
    blank = ",".join([""] * 3)
    told = [
        f"2026112022001\t,{n:015d}W00000000\t,交易\t,{goods}\t,2026-11-20 11:59:00,"
        f"2026-11-20 12:00:0{n},{blank},\t,张*(138****0000)\t,80.00,{fee},0.00,0.00,0.00,0.00,0.00,"
        ",0.00,0.00,\t,0.00,0.00,\t"
        for n in range(rows)
    ]
    told.append(
        f"2026112022001\t,{0:015d}W00000000\t,退款\t,{goods}\t,2026-11-20 11:59:00,"
        f"2026-11-20 13:00:00,{blank},\t,张*(138****0000)\t,-10.00,-10.00,0.00,0.00,0.00,0.00,0.00,"
        ",0.00,0.00,REFUND1\t,0.00,0.00,\t"
    )
    total = words["payments"].format(count=rows if count is None else count, sum=f"{rows * 80}.00")
    back = words["refunds"].format(count=1, sum="-10.00")
    head = [words["title"], words["account"].format(account=f"{account}0156"), words["opening"]]
    made = [*head, words["columns"], *told, words["closing"], total, back]
    return "\r\n".join([*made, ""]).encode("gbk")


def unionpay(at="1120120000", merchant=UNION, kind="01", amount="000000008000"):
    widths, told = unionpay_files.WIDTHS, {}
    told |= {unionpay_files.AT: at, unionpay_files.AMOUNT: amount, unionpay_files.QUERY_ID: "Q1"}
    told |= {unionpay_files.ORDER: "ORDER1", unionpay_files.TYPE: kind}
    told |= {unionpay_files.OF: "Q0" if kind == "04" else "", unionpay_files.MERCHANT: merchant}
    told[5] = "6216261000000000018"
    return (" ".join(told.get(n, "").ljust(width) for n, width in enumerate(widths))).encode()


def read(provider, content, merchant=MERCHANT, day=DAY):
    return statements.read(provider, day, content, merchant)


def refused(provider, content, merchant=MERCHANT, day=DAY):
    with pytest.raises(Damaged) as found:
        read(provider, content, merchant, day)
    return found.value.reason


def test_a_trade_bill_of_wechats_is_read_in_the_order_of_our_numbers():
    content = wechat()
    found = read("wechat", content)
    assert found == sorted(found)
    assert {each.kind for each in found} == {"payment", "refund"}
    line = found[0]
    raw = content[line.offset :].split(b"\r\n")[0].decode()
    assert line.number in raw
    assert line.transaction in raw
    assert f"o{line.number}" in raw
    assert f"o{line.number}" not in statements.shown("wechat", raw.encode())


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda text: text.replace("`1900000001", "`1900000002", 1), "merchant"),
        (lambda text: text.replace("2026-11-20 ", "2026-11-18 ", 1), "day"),
        (lambda text: text.replace("2026-11-20 ", "2026-11-20T", 1), "moment"),
        (lambda text: text.replace("2026-11-20 ", "2026-13-20 ", 1), "moment"),
        (lambda text: text.replace("`SUCCESS", "`SUCCESS,`more", 1), "columns"),
        (lambda text: text.replace(",`0.00,", ",`nought,", 1), "amount"),
        (lambda text: text.replace(",`0.00,", ",`NaN,", 1), "amount"),
        (lambda text: text.replace(",`0.00,", ",`0.01,", 1), "sums"),
        (lambda text: text.replace("订单金额", "金额", 1), "header"),
        (lambda text: text.partition("总交易单数")[0], "cut_off"),
        (lambda _: "", "header"),
    ],
)
def test_a_trade_bill_that_is_not_what_it_should_be_is_refused(spoil, reason):
    assert refused("wechat", spoil(wechat().decode()).encode()) == reason


def test_a_trade_bill_must_have_as_many_rows_as_it_says():
    assert refused("wechat", wechat(wrong=1)) == "count"
    assert refused("wechat", wechat().replace("订单".encode(), b"\xff\xff", 1)) == "encoding"


def test_alipays_file_is_read_with_commas_in_what_was_bought():
    *paid, back = read("alipay", alipay(), SELLER)
    assert [each.amount for each in paid] == [8000, 8000]
    assert paid[0].transaction == "2026112022001"
    assert (back.kind, back.number, back.amount) == ("refund", "REFUND1", 1000)
    assert (back.transaction, back.of) == ("2026112022001-REFUND1", "2026112022001")
    raw = alipay()[back.offset :].split(b"\r\n")[0]
    assert "138" not in statements.shown("alipay", raw)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (alipay(count=3), "count"),
        (alipay(fee="79.00"), "sums"),
        (alipay(account="2088000000000002"), "merchant"),
        (alipay().replace("交易\t".encode("gbk"), "转账\t".encode("gbk"), 1), "kind"),
        (alipay().replace(b"12:00:00", b"late", 1), "moment"),
        (alipay().replace(b",80.00", b",eighty", 1), "amount"),
        (alipay().replace(b"\t,", b"", 5), "columns"),
        (alipay().replace("合计".encode("gbk"), b"?"), "cut_off"),
        (alipay().replace("支付宝交易号".encode("gbk"), b"?", 1), "header"),
        (b"", "header"),
        (b"\xff\xff\r\n", "encoding"),
    ],
)  # fmt: skip
def test_a_file_of_alipays_that_is_not_what_it_should_be_is_refused(content, reason):
    assert refused("alipay", content, SELLER) == reason


def test_unionpays_columns_are_read_and_their_year_is_the_statements():
    (line,) = read("unionpay", unionpay(), UNION)
    assert (line.kind, line.number, line.order, line.amount) == (
        "payment",
        "ORDER1",
        "ORDER1",
        8000,
    )
    assert line.at == datetime(2026, 11, 20, 4, tzinfo=UTC)
    (back,) = read("unionpay", unionpay(kind="04") + b"\r\n", UNION)
    assert (back.kind, back.order, back.of) == ("refund", "", "Q0")
    (new,) = read("unionpay", unionpay("1231233000"), UNION, date(2027, 1, 1))
    assert new.at.year == 2026
    assert "6216" not in statements.shown("unionpay", unionpay())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (unionpay(merchant="1"), "merchant"),
        (unionpay(kind="99"), "kind"),
        (unionpay(amount="eighty"), "amount"),
        (unionpay(at="0230120000"), "moment"),
        (unionpay(at="noon"), "moment"),
        (unionpay(at="1201120000"), "day"),
        (unionpay(at="1120233500"), "day"),
        (unionpay() + b" ", "columns"),
        (b"\xff\xff", "encoding"),
    ],
)
def test_a_file_of_unionpays_that_is_not_what_it_should_be_is_refused(content, reason):
    assert refused("unionpay", content, UNION) == reason


def test_an_upload_may_be_packed():
    content, held = unionpay(), io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("INN26112088ZM_1", content)
    assert statements.opened("unionpay", held.getvalue()) == content
    assert statements.opened("unionpay", gzip.compress(content)) == content
    assert statements.opened("unionpay", content) == content
    with pytest.raises(Damaged):
        statements.opened("wechat", held.getvalue())


def test_a_raw_statement_is_kept_sealed_and_read_whole_or_by_the_line(db):
    content = b"\n".join(b"line %06d " % n + b"x" * 80 for n in range(14000))
    id = store.keep(db, "wechat:2026-11-20", content)
    assert store.keep(db, "wechat:2026-11-20", content) == id
    assert db["statements.chunks"].count_documents({"files_id": id}) == 2
    assert all(b"line 0" not in row["data"] for row in db["statements.chunks"].find({}))
    assert store.whole(db, id) == content
    over = content.rfind(b"\n", 0, store.BLOCK) + 1
    for offset in (0, over, content.rfind(b"\n") + 1):
        assert store.line(db, id, offset) == content[offset:].split(b"\n")[0]


def test_a_damaged_raw_statement_is_not_read(db):
    id = store.keep(db, "n", b"one line")
    with pytest.raises(store.NoSuchFile):
        store.line(db, id, 8)
    db["statements.files"].update_one({"_id": id}, {"$set": {"metadata.sha256": "?"}})
    with pytest.raises(privacy.Unsealable):
        store.whole(db, id)
    db["statements.chunks"].update_one({"files_id": id}, {"$set": {"data": b"x" * 40}})
    with pytest.raises(privacy.Unsealable):
        store.whole(db, id)
    db["statements.chunks"].delete_one({"files_id": id})
    for gone in (id, "never"):
        with pytest.raises(store.NoSuchFile):
            store.whole(db, gone)


FLOW = ",".join(days.table()["formats"]["wechat_funds"]["columns"])
MOVED = "`2026-11-20 12:00:00,`4,`10,`交易,`交易,`收入,`80.00,`80.00,`system,`,`W"
TOLD = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`1.0,`1.0,`80.00,`0.0,`0.00"


def test_a_fund_flow_bill_tells_what_trades_and_what_else_moved():
    fee = MOVED.replace("`交易,`交易,`收入,`80.00", "`扣除交易手续费,`交易,`支出,`0.48")
    bank = MOVED.replace("`交易,`交易,`收入,`80.00", "`提现,`提现,`支出,`50.00")
    said = TOLD.replace("`1.0,`1.0,`80.00,`0.0,`0.00", "`3.0,`1.0,`80.00,`2.0,`50.48")
    told = funds.flow("\r\n".join([FLOW, MOVED, fee, bank, said]).encode())
    assert told == {"came": 8000, "left": 5048, "trades": 7952, "others": -5000}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["x"],
        [FLOW],
        [FLOW, MOVED],
        [FLOW, MOVED, "a,b", "`1,`2"],
        [FLOW, MOVED, TOLD.replace("`1.0,`1.0", "`2.0,`1.0")],
        [FLOW, MOVED, TOLD.replace("80.00", "80.01")],
        [FLOW, MOVED.replace("收入", "不知"), TOLD],
        [FLOW, MOVED + ",`", TOLD],
    ],
)
def test_a_fund_flow_bill_must_be_what_its_own_summary_says(lines):
    for content in ("\n".join(lines).encode(), b"\xff"):
        with pytest.raises(Damaged) as damage:
            funds.flow(content)
        assert damage.value.reason == "funds"


def test_half_a_raw_statement_is_finished_under_its_own_key(db):
    content = b"x" * (store.BLOCK + 1)
    id = store.keep(db, "n", content)
    db["statements.chunks"].delete_one({"_id": f"{id}:1"})
    db["statements.files"].update_one({"_id": id}, {"$set": {"metadata.ready": False}})
    with pytest.raises(store.NoSuchFile):
        store.whole(db, id)
    assert store.whole(db, store.keep(db, "n", content)) == content
