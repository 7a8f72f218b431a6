"""The finance system's place in the house: woken by effects, told of by its own notices."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import Blueprint, Response, jsonify, make_response, request

from base import clock
from base.errors import Unreachable
from payments import attempts, bills, fiscal, quarantine
from payments.wallets import Forged, Notice, Payer
from payments.wallets.wallet import CURRENCY, Refused
from people import residents

from . import notices
from .logs import log, request_id
from .runtime import Runtime, here

Effect = Callable[..., None]

blueprint = Blueprint("fiscal", __name__, url_prefix="/notices")

LIMIT_BYTES = 64 * 1024
PROVIDER: Final = "nontax"
_LONGEST: Final = 64


@blueprint.post("/nontax")
def notice() -> Response:
    """The finance system says that something changed: a reason to ask it, and no more.

    What it did not sign, and what is about no bill of ours, lies in the quarantine.
    """
    runtime = here()
    if runtime.finance is None:
        raise attempts.NoSuchWallet
    request.max_content_length = LIMIT_BYTES
    try:
        body = request.get_data()
        bill = runtime.finance.read_notice(dict(request.headers), request.path, body)
    except Forged as forged:
        quarantine.put_unproved(runtime.db, PROVIDER, forged.reason, body)
        notices.tell(PROVIDER, "forged", forged.reason, request_id(), alarm=True)
        return make_response(jsonify(code="1001"), 401)
    known = fiscal.find(runtime.db, bill) is not None
    if known:
        fiscal.wake(runtime.db, bill)
    else:
        quarantine.put(runtime.db, "order", _stranger(bill))
    result, reason = ("noted", "") if known else ("quarantined", "order")
    notices.tell(PROVIDER, result, reason, request_id(), alarm=not known)
    return make_response(jsonify(code="0000"), 200)


def _stranger(bill: str) -> Notice:
    """A notice about a bill that we never told finance of, as the quarantine keeps it."""
    return Notice(
        provider=PROVIDER,
        kind="order",
        transaction=bill[:_LONGEST],
        attempt=bill[:_LONGEST],
        amount=0,
        currency=CURRENCY,
        merchant="",
        app="",
        payer="",
        paid_at=clock.now(),
    )


def open(bill: str, wallet: str, payer: Payer | None, back: str = "") -> attempts.Opened:
    """Open a bill at a wallet, once finance has its notice reserved for us.

    Raises as `attempts.open` and `fiscal.lock`.
    """
    runtime = here()
    if runtime.finance is not None:
        fiscal.lock(runtime.db, runtime.finance, bills.get(runtime.db, bill))
    return attempts.open(runtime.db, runtime.wallets, bill, wallet, payer, back)


def ask(runtime: Runtime, bill: str) -> bills.Bill:
    """The bill after asking finance, while it is open, whether somebody else took its money.

    Raises Unreachable while finance is silent; Unbooked where it says so and it fits no rule.
    """
    found = bills.get(runtime.db, bill)
    if runtime.finance is None or found.state != "open":
        return found
    go(runtime, "", bill=bill)
    return bills.get(runtime.db, bill)


def wake(runtime: Runtime, bill: str) -> None:
    """Have finance told what has become of a bill, where there is a finance system."""
    if runtime.finance is not None:
        fiscal.wake(runtime.db, bill)


def with_finance(effect: Effect) -> Effect:
    """The effect of something that became of a bill, of which finance is told as well."""

    @wraps(effect)
    def told(runtime: Runtime, id: str, **data: Any) -> None:
        wake(runtime, data["bill"])
        effect(runtime, id, **data)

    return told


def compare(runtime: Runtime) -> None:
    """Hold the last days against finance's lists; a silent finance system is asked again later."""
    if runtime.finance is None:
        return
    try:
        fiscal.compare_due(runtime.db, runtime.finance)
    except (Unreachable, Refused) as trouble:
        log.warning("finance day not compared", reason=str(trouble))


def go(runtime: Runtime, _id: str, *, bill: str, **_more: Any) -> None:
    """Tell finance what it does not know yet; the payer's name stands on the receipt."""
    if runtime.finance is None:
        return

    def name(resident: str) -> str:
        return residents.reveal(runtime.db, resident, "system", "fiscal_receipt").name or ""

    fiscal.go(runtime.db, runtime.finance, bill, name)
