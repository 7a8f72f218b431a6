"""The fifth chapter: false notices change nothing, true money is taken once."""

import json
from typing import Any

from .desk import plain
from .story import WORDS, Story, expect
from .web import Failed

TOLD, PAGES = WORDS["told"], WORDS["pages"]
FEN = 4000
UNTRUE = ("forged", "probe", "stale", "short", "other_payer", "other_merchant", "other_order")


def bill_of(story: Story) -> dict[str, Any]:
    """Her bill as the mini-program shows it."""
    bill: dict[str, Any] = story["her"].program.call("GET", f"/bills/{story['bill']}")
    return bill


def untold(bill: dict[str, Any]) -> dict[str, Any]:
    """A bill without its receipts, which the finance system makes in its own time."""
    return {name: value for name, value in bill.items() if name != "receipts"}


def open_sheet(story: Story) -> None:
    """Open WeChat Pay from the page of the bill: the sheet shows the right sum."""
    her = story["her"]
    path = f"/h5/bills/{story['bill']}"
    page = her.phone.inside.open(path)
    page = her.phone.inside.send(page.form(path))
    params = json.loads(page.said("data-parameters"))
    asked = {"person": her.person.id, "params": params}
    sheet = story.simulator.call("POST", "/wallets/wechat/sheet", asked)
    expect(sheet["amount"] == FEN, f"the sheet asks for {sheet['amount']} fen")
    story.keep(params=params, order=sheet["out_trade_no"])


def stranger_pays(story: Story) -> None:
    """Another person cannot pay with what her page was given."""
    him = story["him"].person
    paid = {"wallet": "wechat", "params": story["params"]}
    story.simulator.call("POST", f"/people/{him.id}/pay", paid, expect=409)


def untrue(story: Story) -> None:
    """Forged, stale and short notices, and those of others, are refused and change nothing."""
    before = bill_of(story)
    for kind in UNTRUE:
        status = story.simulator.notice("wechat", story["order"], kind)["status"]
        if kind != "other_order":
            expect(status >= 400, f"a {kind} notice was answered {status}")
        expect(bill_of(story) == before, f"a {kind} notice changed the bill")
    expect(not story["her"].person.cards(story["case"], TOLD["paid"]), "told of false money")


def unpaid(story: Story) -> None:
    """The page says that nothing has been paid."""
    page = story["her"].phone.inside.open(f"/h5/bills/{story['bill']}/result")
    expect(PAGES["unpaid"] in page.text, page.text[:300])


def pay(story: Story) -> None:
    """Pay from the wallet's sheet; the page says paid, and she is told."""
    her = story["her"]
    origin = {"Origin": her.phone.inside.base}
    answer = her.phone.inside.session.post(
        f"{her.phone.inside.base}/_phone/pay", json={"params": story["params"]}, headers=origin
    )
    if not answer.ok:
        raise Failed(f"the sheet says {answer.status_code} {answer.text[:300]}")
    expect(answer.json()["notice"]["status"] in (200, 204), str(answer.json()))
    page = her.phone.inside.open(f"/h5/bills/{story['bill']}/result")
    expect(PAGES["paid"] in page.text, page.text[:300])
    her.person.told(story["case"], TOLD["paid"])


def repeated(story: Story) -> None:
    """The same notice again, and false ones after it, change nothing."""
    before = untold(bill_of(story))
    for kind in ("again", "again", "short", "forged"):
        status = story.simulator.notice("wechat", story["order"], kind)["status"]
        expect((status < 400) == (kind == "again"), f"a {kind} notice was answered {status}")
    expect(untold(bill_of(story)) == before, "the bill has changed")
    story["her"].person.told(story["case"], TOLD["paid"])


def nothing_owed(story: Story) -> None:
    """Ask in the chat what I owe: nothing any more."""
    said = story["her"].person.asks("text", content=WORDS["chat"]["owed"])
    expect(WORDS["chat"]["nothing_owed"] in said, said)
    case = story["her"].program.call("GET", f"/cases/{plain(story['case'])}")
    expect(case["payment"]["state"] == "paid", str(case["payment"]))


STEPS = (open_sheet, stranger_pays, untrue, unpaid, pay, repeated, nothing_owed)
