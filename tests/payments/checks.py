"""What must be true of a bill, its facts and its wallets, at any moment and at the end."""

from typing import Any

from payments import bills, ledger
from payments.moves import LIVE, NOT_RETURNED
from payments.records import Bill

from .town import BILL, Town

OVER = frozenset({"succeeded", "rejected", "dropped", "requested", "refused", "abnormal", "closed"})


def right(town: Town) -> None:
    """Every invariant of docs/money.md that holds after each step, whatever has happened."""
    bill = town.bill()
    settled_once(bill, bills.facts(town.db, BILL))
    never_more_back_than_came(bill)
    balanced(bill, bills.facts(town.db, BILL))
    told_by_wallets(town, bills.facts(town.db, BILL))
    assert sum(each.state in LIVE for each in bill.attempts.values()) <= 1


def settled_once(bill: Bill, facts: list[Any]) -> None:
    came = [each for each in facts if each["kind"] == "payment"]
    settled = [each for each in came if not each["surplus"]]
    paid = [each for each in bill.attempts.values() if each.state == "paid"]
    assert len(settled) == len(paid) == (bill.state == "paid")
    assert all(each["amount"] == bill.total for each in came)


def never_more_back_than_came(bill: Bill) -> None:
    promised = [each for each in bill.refunds.values() if each.state not in NOT_RETURNED]
    came = sum(each["amount"] for each in bill.received)
    assert bill.refundable == came - sum(each.amount for each in promised) >= 0
    assert all(bill.left(each["transaction"]) >= 0 for each in bill.received)
    for each in bill.refunds.values():
        assert each.decided_by in ("", "system") or each.decided_by != each.requested_by


def balanced(bill: Bill, facts: list[Any]) -> None:
    found = ledger.balances(bill.ledger)
    assert sum(found.values()) == 0
    came = sum(each["amount"] for each in facts if each["kind"] == "payment")
    back = sum(each["amount"] for each in facts if each["kind"] == "refund")
    kept = sum(bill.left(each["transaction"]) for each in bill.received if not each["surplus"])
    assert (found["received"], found["returned"], found["fee"]) == (came, -back, -kept)


def told_by_wallets(town: Town, facts: list[Any]) -> None:
    """Every fact is money that a wallet holds or has given back."""
    paid, back = there(town)
    assert {each["attempt"] for each in facts if each["kind"] == "payment"} <= paid.keys()
    assert {each["refund"] for each in facts if each["kind"] == "refund"} <= back.keys()
    assert back.keys() <= town.bill().refunds.keys()
    for order, fen in paid.items():
        gone = [each for number, each in back.items() if number.startswith(order)]
        assert sum(gone) <= fen


def agreed(town: Town) -> None:
    """All money that wallets hold or gave back is in the books, and nothing is left under way."""
    bill, (paid, back) = town.bill(), there(town)
    facts = bills.facts(town.db, BILL)
    assert {each["attempt"] for each in facts if each["kind"] == "payment"} == paid.keys()
    done = {each["refund"]: each["amount"] for each in facts if each["kind"] == "refund"}
    assert done == back
    assert all(each.state not in LIVE for each in bill.attempts.values())
    assert {each.state for each in bill.refunds.values()} <= OVER


def there(town: Town) -> tuple[dict[str, int], dict[str, int]]:
    """What the wallets took by order, and what they gave back for good by refund."""
    paid: dict[str, int] = {}
    back: dict[str, int] = {}
    for wallet in ("wechat", "alipay", "unionpay"):
        url = f"{town.url}/control/v1/wallets/{wallet}/orders"
        for order in town.web.get(url).json()["orders"]:
            ask = order.get("ask", order)
            if "paid" in order:
                paid[ask["out_trade_no"]] = ask["fen"]
            ended = {
                number: each["fen"]
                for number, each in order["refunds"].items()
                if each.get("fate", "SUCCESS") == "SUCCESS"
            }
            back |= ended
    return paid, back


def books(bill: Bill) -> Any:
    """Where the money is: what nothing untrue may change."""
    return bill.received, bill.ledger, {each.state for each in bill.refunds.values()}
