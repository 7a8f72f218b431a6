"""Money that nobody can settle by rule, for the officer who looks into it."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import privacy, texts
from payments import quarantine, reconsidering
from payments.records import Refund

from ..runtime import here
from .guard import me, needs

blueprint = Blueprint("quarantine", __name__, url_prefix="/quarantine")

_SHOWN = (
    "provider", "transaction", "attempt", "currency", "merchant", "app", "paid_at",
    "proof", "serial", "raw",
)  # fmt: skip
_LONGEST_NOTE = 200
_PER_PAGE = 50


@blueprint.get("")
@needs("bill.settle")
def page() -> ResponseReturnValue:
    """What waits for a human, newest first."""
    return _page(None, {})


@blueprint.post("")
@needs("bill.settle")
def reveal() -> ResponseReturnValue:
    """The same list with one notice opened, its payer masked; the look is recorded."""
    id = request.form.get("id", "")
    notice = quarantine.reveal(here().db, id, me().actor)
    return _page(id, _masked(notice))


@blueprint.post("/resolve")
@needs("bill.settle")
def resolve() -> ResponseReturnValue:
    """Close an item with a word on what was done about it."""
    note = request.form.get("note", "").strip()
    if not 0 < len(note) <= _LONGEST_NOTE:
        flash(texts.say("console.quarantine_note"), "danger")
        return redirect(url_for("console.quarantine.page"), 303)
    try:
        quarantine.resolve(here().db, request.form.get("id", ""), me().actor, note)
    except quarantine.StillOverdrawn as refusal:
        flash(texts.explain(refusal), "danger")
    else:
        flash(texts.say("console.quarantine_resolved"), "success")
    return redirect(url_for("console.quarantine.page"), 303)


@blueprint.post("/again")
@needs("bill.settle")
def again() -> ResponseReturnValue:
    """Ask its wallet about a notice and judge it once more, e.g. after our settings were mended."""
    id = request.form.get("id", "")
    outcome = reconsidering.reconsider(here().db, here().wallets, id, me().actor)
    found = outcome.result if outcome else "unproved"
    tone = "warning" if found in ("quarantined", "unproved") else "success"
    flash(texts.say(f"payments.reconsidered.{found}"), tone)
    return redirect(url_for("console.quarantine.page"), 303)


def place(refund: Refund) -> str:
    """The address of the list that begins with what was paid under a dropped refund."""
    item = quarantine.of_overdraft(here().db, refund)
    just_after = (item.at + timedelta(milliseconds=1)).isoformat() if item else None
    return url_for("console.quarantine.page", before=just_after)


def _page(opened: str | None, notice: dict[str, str]) -> str:
    rows = quarantine.list(here().db, _PER_PAGE, _before())
    last = rows[-1].at.isoformat() if len(rows) == _PER_PAGE else ""
    return render_template(
        "console/quarantine.html",
        rows=rows,
        more=last and url_for("console.quarantine.page", before=last),
        reasons=texts.table("payments.quarantine"),
        opened=opened,
        notice=notice,
    )


def _before() -> datetime | None:
    """Where the page before this one ended; what is no moment is left out."""
    try:
        found = datetime.fromisoformat(request.args.get("before", ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _masked(notice: dict[str, Any]) -> dict[str, str]:
    shown = {name: str(notice.get(name) or "") for name in _SHOWN}
    payer = str(notice.get("payer") or "")
    return shown | {"payer": privacy.mask_id(payer) if payer else ""}
