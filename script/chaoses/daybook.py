"""A busy day at one wallet: our books, the wallet's statement, and faults seeded in both."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from base import money
from base.store import Database
from payments import days

DAY = date(2026, 11, 20)
MERCHANT = "1900000001"
AGENCIES = ("public_security", "natural_resources", "transport", "education", "market")
# The ten kinds of fault, by what a reconciliation must call each.
KINDS = (
    "unbooked", "stranger", "unlisted", "amount", "day_cut",
    "repeated", "refund_console", "refund_unlisted", "case_differs", "unbacked",
)  # fmt: skip
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BATCH = 1000
_REFUNDS = 50

Row = dict[str, Any]


@dataclass
class Day:
    """What both sides will say, while it is being made up; `faults` are (cause, number).

    `deaf` are bills that have told their case of their payment, and the case knows nothing of it.
    """

    bills: list[Row] = field(default_factory=list)
    facts: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    faults: set[tuple[str, str]] = field(default_factory=set)
    deaf: set[str] = field(default_factory=set)


def made_up(lines: int, faults: int) -> Day:
    """A day of about so many lines, the same every time, with so many faults of KINDS."""
    dice, day = random.Random(4), Day()  # noqa: S311  the same day every time
    every = lines // faults
    for n in range(lines):
        kind = KINDS[n // every % len(KINDS)] if n % every == 0 and n // every < faults else ""
        _happen(day, dice, n, kind)
    day.lines.sort(key=lambda line: line["at"])
    return day


def _happen(day: Day, dice: random.Random, n: int, kind: str) -> None:
    """One payment, now and then with a refund, and perhaps something wrong with it."""
    fen = dice.choice((500, 1000, 4000, 8000, 12050, 100001))
    bill = f"{DAY:%Y%m%d}{dice.randrange(10)}{n:06d}"
    order = f"{bill}W{''.join(dice.choices(_SIGNS, k=8))}"
    transaction = f"42{DAY:%Y%m%d}{n:018d}"
    at = _at(dice.randrange(60 * 60, 22 * 60 * 60))
    if kind == "day_cut" or (not kind and n % 1000 == 7):
        at = _at(24 * 60 * 60 - 30 + n % 30)
    paid = {"bill": bill, "order": order, "transaction": transaction, "fen": fen, "at": at}
    refunded = (not kind and n % _REFUNDS == 1) or kind.startswith("refund")
    if kind == "stranger":
        order = f"STRANGER{n:012d}"
        day.lines.append(_payment(paid | {"order": order}))
    else:
        _book(day, paid, booked=kind != "unbooked", lost=kind == "unbacked")
        if kind not in ("unlisted", "day_cut", "unbacked"):
            off = 100 if kind == "amount" else 0
            day.lines.append(_payment(paid | {"fen": fen + off}))
        if kind == "repeated":
            day.lines.append(_payment(paid))
    if kind == "case_differs":
        day.deaf.add(bill)
    number = f"{order}R{n:07d}"
    if refunded:
        _refund(day, paid | {"refund": number, "id": f"50{n:026d}"}, kind)
    if kind:
        day.faults.add((kind, number if kind.startswith("refund") else order))


def _refund(day: Day, told: Row, kind: str) -> None:
    at = told["at"] + timedelta(minutes=30)
    told = told | {"at": at, "fen": told["fen"] // 2}
    if kind != "refund_console":
        _give_back(day, told)
    if kind != "refund_unlisted":
        day.lines.append(told)


def _at(second: int) -> datetime:
    begun, _ = days.span("wechat", DAY)
    return begun + timedelta(seconds=second)


def _payment(told: Row) -> Row:
    return told | {"refund": "", "id": ""}


def _book(day: Day, told: Row, *, booked: bool, lost: bool) -> None:
    """The bill, and what is booked for it, if that is not lost."""
    transaction, fen = told["transaction"], told["fen"]
    known = {"transaction": transaction, "attempt": told["order"], "wallet": "wechat"}
    moment = {"at": told["at"], "day": DAY.isoformat()}
    attempt = {"wallet": "wechat", "state": "paid" if booked else "open", "amount": fen}
    agency = AGENCIES[fen % len(AGENCIES)]
    day.bills.append(
        {
            "_id": told["bill"],
            "case": f"9{told['bill'][1:]}",
            "agency": agency,
            "state": "paid" if booked else "open",
            "paid": known | {"amount": fen} | moment if booked else None,
            "received": [known | {"amount": fen, "surplus": False, "at": told["at"]}]
            if booked
            else [],
            "attempts": {told["order"]: attempt},
            "refunds": {},
            "total": fen,
            "version": 3,
            "created": told["at"] - timedelta(hours=2),
            "lines": [{"code": "cert", "name": "certificate", "amount": fen, "total": fen}],
            "history": [{"at": told["at"], "move": move, "by": "system"} for move in ("a", "b")],
        }
    )
    if booked and not lost:
        day.facts.append(_fact("payment", told, told["order"], transaction, agency))


def _give_back(day: Day, told: Row) -> None:
    bill = day.bills[-1]
    refund = {"state": "succeeded", "amount": told["fen"], "attempt": told["order"]}
    refund |= {"wallet": "wechat", "id": told["id"], "done": told["at"]}
    bill["refunds"][told["refund"]] = refund
    bill["besides"] = [f"wechat:{DAY}"]
    day.facts.append(_fact("refund", told, told["refund"], told["id"], bill["agency"]))


def _fact(kind: str, told: Row, number: str, transaction: str, agency: str) -> Row:
    return {
        "_id": f"wechat:{kind}:{transaction}",
        "provider": "wechat",
        "kind": kind,
        "number": number,
        "transaction": transaction,
        "attempt": told["order"],
        "amount": told["fen"],
        "paid_at": told["at"],
        "day": DAY.isoformat(),
        "bill": told["bill"],
        "agency": agency,
        "surplus": False,
        "at": told["at"],
    }


def keep(db: Database, day: Day) -> None:
    """Write our side into the store."""
    cases = ({"_id": each["case"], "payment": _charged(day, each)} for each in day.bills)
    for name, rows in (("bills", day.bills), ("money_facts", day.facts), ("cases", cases)):
        for batch in _batches(rows):
            db[name].insert_many(batch, ordered=False)


def _charged(day: Day, bill: Row) -> Row:
    return {
        "state": "paid" if bill["paid"] and bill["_id"] not in day.deaf else "due",
        "bill": bill["_id"],
        "amount": bill["total"],
    }


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    each = iter(rows)
    while batch := list(islice(each, _BATCH)):
        yield batch


def statement(lines: list[Row], wrong: int = 0) -> bytes:
    """The wallet's side as its trade bill; `wrong` is added to its count."""
    layout = days.table()["formats"]["wechat"]
    sums = dict.fromkeys(layout["columns"], 0)
    told = [",".join(layout["columns"])]
    told += [_quoted(_values(layout["columns"], line, sums)) for line in lines]
    names = [layout["count"], *layout["sums"]]
    said = [str(len(lines) + wrong), *(money.yuan(sums[each]) for each in layout["sums"].values())]
    return "\ufeff".encode() + "\r\n".join([*told, ",".join(names), _quoted(said), ""]).encode()


def account(lines: list[Row]) -> bytes:
    """What the wallet's account says of these lines, as its fund-flow bill."""
    layout = days.table()["formats"]["wechat_funds"]
    came, left = layout["came"], layout["left"]
    told, moved = [",".join(layout["columns"])], {came["way"]: [0, 0], left["way"]: [0, 0]}
    for line in lines:
        way = (left if line["refund"] else came)["way"]
        moved[way][0] += 1
        moved[way][1] += line["fen"]
        business = layout["trades"][bool(line["refund"])]
        filled = {layout["business"]: business, layout["way"]: way}
        filled |= {layout["amount"]: money.yuan(line["fen"])}
        told.append(_quoted(filled.get(name, "") for name in layout["columns"]))
    said = {layout["count"]: f"{len(lines)}.0"}
    for each in (came, left):
        count, fen = moved[each["way"]]
        said |= {each["count"]: f"{count}.0", each["sum"]: money.yuan(fen)}
    return "\r\n".join([*told, ",".join(said), _quoted(said.values()), ""]).encode()


def _values(columns: list[str], line: Row, sums: dict[str, int]) -> list[str]:
    layout = days.table()["formats"]["wechat"]
    stamp = f"{line['at'].astimezone(UTC) + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"
    back, fen = bool(line["refund"]), money.yuan(line["fen"])
    owed, returned, *_ = layout["sums"].values()
    told = dict.fromkeys(columns, "")
    told |= dict.fromkeys(layout["sums"].values(), "0.00")
    told |= {layout["at"]: stamp, layout["merchant"]: MERCHANT, layout["order"]: line["order"]}
    told |= {layout["transaction"]: line["transaction"], layout["payer"]: "o" + line["order"]}
    told[layout["state"]] = "REFUND" if back else "SUCCESS"
    filled = [layout["refund_amount"], returned] if back else [layout["amount"], owed]
    told |= dict.fromkeys(filled, fen)
    if back:
        told |= {layout["refund"]: line["refund"], layout["refund_transaction"]: line["id"]}
        told[layout["refund_state"]] = line.get("state", "SUCCESS")
    for name in filled:
        sums[name] += line["fen"]
    return list(told.values())


def _quoted(values: Iterable[str]) -> str:
    return ",".join(f"`{each}" for each in values)
