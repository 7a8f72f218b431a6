"""What the steps of the machine may draw."""

import itertools
from typing import Any

from hypothesis import strategies as st

from payments import counter

WALLETS = st.sampled_from(["wechat", "alipay", "unionpay"])
UNTRUE = st.sampled_from(["forged", "stale", "short", "other_payer", "other_merchant"])
# Whoever holds a page of Alipay's or UnionPay's may pay, unless Alipay made the trade for one user;
# and only WeChat signs when it spoke (docs/money.md, row 12).
NO_LIES = set(itertools.product(("alipay", "unionpay"), ("other_payer", "stale")))
OFFICERS = st.sampled_from(["operator:qian", "operator:sun", "operator:li"])
SUMS = st.sampled_from([1, 2700, 4000, 8000])
GIVEN = st.sampled_from(
    [
        counter.Voucher("cash", "A001"),
        counter.Voucher("cash", "A002"),
        counter.Voucher("pos", "A001", "62000001"),
    ]
)
GONE = st.sampled_from(
    [
        counter.Voucher("cash", "A001"),
        counter.Voucher("cash", "B001"),
        counter.Voucher("bank", "B002"),
        counter.Voucher("bank", "B003"),
    ]
)
RESCUES = st.sampled_from(["again", "drop", "transfer"])
FAR = st.integers(0, 8)
NTH = st.integers(0, 3)
WHEN = st.sampled_from(["before", "after"])
# when to be killed: at which command of a step, and on which side of it
NEVER: tuple[int, Any] = (1000, "before")
AT_ONCE, EARLY, MOMENTS, LATE = (st.tuples(st.integers(1, n), WHEN) for n in (3, 5, 8, 30))
SELDOM = st.sampled_from([False, False, False, True])
# endpoint and kind of what may go wrong with the next refund, at its wallet or on the way
MISHAPS = st.sampled_from(
    [
        ("refund/wechat", {"kind": "abnormal"}),
        ("refund/wechat", {"kind": "closed"}),
        ("refund/wechat", {"kind": "processing", "seconds": 900}),
        ("refund/alipay", {"kind": "processing", "seconds": 900}),
        ("refund/alipay", {"kind": "lost"}),
        ("refund/unionpay", {"kind": "processing", "seconds": 900}),
        ("refund/unionpay", {"kind": "closed"}),
        ("refund/unionpay", {"kind": "lost"}),
        ("/gateway/api/backTransReq.do", {"kind": "reset_after"}),
        ("/gateway/api/backTransReq.do", {"kind": "answer", "respCode": "01"}),
        ("notify/unionpay", {"kind": "drop"}),
        ("/v3/refund/domestic/refunds", {"kind": "reset_after"}),
        ("/v3/refund/domestic/refunds", {"kind": "error", "code": "NOT_ENOUGH"}),
        ("/v3/refund/domestic/refunds/*", {"kind": "error", "code": "NO_AUTH"}),
        ("alipay.trade.refund", {"kind": "error_after"}),
        ("notify/wechat", {"kind": "drop"}),
        ("notify/wechat", {"kind": "duplicate"}),
        ("notify/wechat", {"kind": "delay", "seconds": 900}),
        ("notify/wechat", {"kind": "reorder"}),
        ("notify/alipay", {"kind": "reorder"}),
        ("notify/unionpay", {"kind": "reorder"}),
    ]
)
# how each wallet says that it will not make a refund it was told of
REFUSALS = {
    "wechat": ("/v3/refund/domestic/refunds", {"kind": "error", "code": "NOT_ENOUGH"}),
    "alipay": (
        "alipay.trade.refund",
        {"kind": "error", "code": "40004", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"},
    ),
    "unionpay": ("/gateway/api/backTransReq.do", {"kind": "answer", "respCode": "34"}),
}
