"""Opening a bill at a wallet from a form of ours: each form that was shown opens one order."""

import uuid
from datetime import datetime
from typing import Any

from flask import request

from base import clock, once
from payments import attempts, bills
from payments.attempts import Opened
from payments.bills import Bill
from payments.wallets import Payer

from .. import fiscal
from ..runtime import here


def key() -> str:
    """What a form is known by; each form of a page has its own, for each wallet is another act."""
    return uuid.uuid4().hex


def opened(
    bill: Bill, wallet: str, payer: Payer | None, *, by: str, back: str = ""
) -> Opened | None:
    """What brings up the wallet; the same form is given the same for a day (base/once.py).

    None where there is nothing to open: the bill is paid, the order of this form is over, or the
    form bears no key. The page it came from shows what is so. Raises KeyReused, and what
    `fiscal.open` raises but AlreadyPaid.
    """
    form = request.form.get("key", "")
    asked = {"wallet": wallet, "payer": payer.openid if payer else ""}
    if not form:
        return None

    def made() -> dict[str, Any]:
        found = fiscal.open(bill.number, wallet, payer, back)
        told = {"parameters": dict(found.parameters), "expires": found.expires.isoformat()}
        return told | {"attempt": found.attempt, "wallet": found.wallet}

    try:
        told = once.answer(here().db, by, f"pay:{bill.number}", form, asked, made)
    except attempts.AlreadyPaid:
        return None
    found = Opened(**told | {"expires": datetime.fromisoformat(told["expires"])})
    live = bills.get(here().db, bill.number).live
    same = live is not None and live.number == found.attempt
    return found if same and clock.now() < found.expires else None
