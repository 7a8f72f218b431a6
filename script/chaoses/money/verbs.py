"""What we do with money, each verb made ready, to be killed at every one of its commands."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from base.errors import Problem
from base.store import Database
from payments import attempts, bills, counter, decisions, refunds, repaying, slips, waivers
from script.chaoses.told import MONEY

from . import checks, finding, outside, refunding
from .crashing import SIDES, Guillotine, When
from .town import BILL, Town

Act = Callable[[], object]
MOST: Final = 24


def settling(town: Town, here: Database) -> Act:
    """A payment is booked."""
    opened = town.open("wechat")
    town.pay(opened)
    notice = town.wallets["wechat"].query(opened.attempt, town.bill().created).notice
    assert notice is not None
    return lambda: bills.settle(here, notice)


def surplus(town: Town, here: Database) -> Act:
    """A payment that nobody owed is booked with the refund that gives it back."""
    act = settling(town, here)
    bills.cancel(town.db, BILL, by=refunding.QIAN)
    return act


def opening(town: Town, here: Database) -> Act:
    """A wallet is opened."""
    return lambda: attempts.open(here, town.wallets, BILL, "wechat", town.payer())


def changing(town: Town, here: Database) -> Act:
    """Another wallet is opened, so that the first order must be ended."""
    town.open("wechat")
    return lambda: attempts.open(here, town.wallets, BILL, "alipay", None, town.url)


def asking(town: Town, here: Database) -> Act:
    """A wallet is asked about a paid order nobody told us of."""
    opened = town.open("alipay")
    town.pay(opened)
    return lambda: bills.ask(here, town.wallets, BILL, opened.attempt, 0)


def expiring(town: Town, here: Database) -> Act:
    """An order past its last minute is asked about and closed."""
    opened = town.open("wechat")
    town.advance(minutes=125)
    return lambda: bills.ask(here, town.wallets, BILL, opened.attempt, 0)


def cancelling(town: Town, here: Database) -> Act:
    """A bill is withdrawn while an order is open."""
    town.open("unionpay")
    return lambda: bills.cancel(here, BILL, by=refunding.QIAN)


def requesting(town: Town, here: Database) -> Act:
    """An officer asks for money back."""
    refunding.paid(town)
    asked = refunding.wish(town, 3000)
    return lambda: refunds.request(here, BILL, asked)


def owing(town: Town, here: Database) -> Act:
    """A rule gives back what is left."""
    refunding.paid(town)
    return lambda: refunds.owe(here, BILL, "case_ended")


def approving(town: Town, here: Database) -> Act:
    """Another officer agrees."""
    refunding.paid(town)
    number = refunds.request(town.db, BILL, refunding.wish(town, 3000)).number
    return lambda: decisions.approve(here, BILL, number, by=refunding.SUN)


def rejecting(town: Town, here: Database) -> Act:
    """Another officer does not agree."""
    refunding.paid(town)
    number = refunds.request(town.db, BILL, refunding.wish(town, 3000)).number
    told = {"by": refunding.SUN, "note": MONEY["rejected"]}
    return lambda: decisions.reject(here, BILL, number, **told)


def repaying_there(town: Town, here: Database) -> Act:
    """A refund is at its wallet, and comes to its end in the same answer."""
    refunding.paid(town, "alipay")
    number = refunding.approved(town, 3000).number
    return lambda: repaying.go(here, town.wallets, BILL, number, 0)


def hearing_back(town: Town, here: Database) -> Act:
    """A refund that was under way is asked about, and has ended."""
    refunding.paid(town)
    number = refunding.approved(town, 3000).number
    repaying.go(town.db, town.wallets, BILL, number, 0)
    town.advance(minutes=20)
    return lambda: repaying.go(here, town.wallets, BILL, number, 1)


def sending_again(town: Town, here: Database) -> Act:
    """A refund that its wallet refused is sent again."""
    number = refunding.refused(town).number
    return partial(decisions.again, here, BILL, number, by=refunding.SUN)


def dropping(town: Town, here: Database) -> Act:
    """A refund that its wallet refused is given up."""
    number = refunding.refused(town, "alipay").number
    told = {"by": refunding.SUN, "note": MONEY["dropped"]}
    return lambda: decisions.drop(here, town.wallets, BILL, number, **told)


def transferring(town: Town, here: Database) -> Act:
    """A refund that its wallet refused is to be paid by transfer."""
    number = refunding.refused(town, "alipay").number
    town.advance(minutes=6)
    told = {"by": refunding.SUN, "note": MONEY["dropped"]}
    return lambda: decisions.transfer(here, town.wallets, BILL, number, **told)


def transferred(town: Town, here: Database) -> Act:
    """A refund that its wallet could not make has been transferred."""
    transferring(town, town.db)()
    (number,) = town.bill().refunds
    given = counter.Voucher("bank", "B002")
    told = (town.wallets, BILL, number, given)
    return partial(counter.give_back, here, *told, by=refunding.QIAN)


def taking(town: Town, here: Database) -> Act:
    """Cash is taken while an order is open."""
    town.open("wechat")
    given, fen = counter.Voucher("cash", "A001"), town.bill().total
    return partial(counter.take, here, town.wallets, BILL, given, amount=fen, by=refunding.QIAN)


def handing_back(town: Town, here: Database) -> Act:
    """Cash is handed back."""
    taking(town, town.db)()
    number = refunding.approved(town, 3000).number
    given = counter.Voucher("cash", "B001")
    return partial(counter.give_back, here, town.wallets, BILL, number, given, by=refunding.QIAN)


def signing(town: Town, here: Database) -> Act:
    """A disputed slip is signed."""
    disputing(town, town.db)()
    return partial(slips.sign, here, BILL, "A001", by=refunding.SUN)


def disputing(town: Town, here: Database) -> Act:
    """A slip is disputed."""
    taking(town, town.db)()
    note = MONEY["disputed"]
    return partial(slips.dispute, here, BILL, "A001", by=refunding.SUN, note=note)


def granting(town: Town, here: Database) -> Act:
    """A reduction is granted while an order is open."""
    town.open("wechat")
    wish = waivers.Wish(3000, "", MONEY["basis"], MONEY["asked"], refunding.QIAN, "k")
    asked = waivers.ask(town.db, BILL, wish)
    return partial(waivers.grant, here, BILL, asked.id, by=refunding.SUN)


def reissuing(town: Town, here: Database) -> Act:
    """A cancelled bill is issued anew."""
    bills.cancel(town.db, BILL, by=refunding.QIAN)
    return partial(bills.reissue, here, BILL, by=refunding.QIAN)


VERBS: Final[Mapping[str, Callable[[Town, Database], Act]]] = {
    "settle": settling,
    "surplus": surplus,
    "open": opening,
    "change": changing,
    "ask": asking,
    "expire": expiring,
    "cancel": cancelling,
    "request": requesting,
    "owe": owing,
    "approve": approving,
    "reject": rejecting,
    "refund": repaying_there,
    "returned": hearing_back,
    "again": sending_again,
    "drop": dropping,
    "transfer": transferring,
    "transferred": transferred,
    "counter": taking,
    "hand_back": handing_back,
    "sign": signing,
    "dispute": disputing,
    "grant": granting,
    "reissue": reissuing,
    **finding.VERBS,
}


ALL: Final[tuple[tuple[str, When], ...]] = tuple((verb, side) for verb in VERBS for side in SIDES)
"""Every verb, before and after its commands."""


def killed(verb: str, when: When, town: Town, here: Database, fall: Guillotine) -> int:
    """Do a verb, killed at its first command, then at its second and so on until it lives.

    `here` is the town's database seen through a client that carries `fall`; no notice comes. How
    many times it was killed; the books were right after each, and wallets agree at the end.
    """
    for wallet in town.wallets:
        town.fault(f"notify/{wallet}", "drop", times=-1)
    act, lived = VERBS[verb](town, here), False
    for n in range(1, MOST):
        try:
            lived = not fall.kills(here, act, n, when)
        except Problem:  # it was done before it was killed
            lived = True
        checks.right(town)
        if lived:
            break
    assert lived, verb
    for _ in range(5):
        town.advance(minutes=31)
        town.keep()
    checks.right(town)
    checks.agreed(town)
    for name in outside.LEFT:
        town.db[name].delete_many({"_id": {"$gt": ""}})
    return n - 1
