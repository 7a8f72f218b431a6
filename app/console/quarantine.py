"""Money that nobody can settle by rule, for the officer who looks into it."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from base import privacy, texts
from payments import quarantine

from ..runtime import here
from .guard import me, needs

blueprint = Blueprint("quarantine", __name__, url_prefix="/quarantine")

_SHOWN = ("provider", "transaction", "attempt", "currency", "merchant", "app", "paid_at")


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


def _page(opened: str | None, notice: dict[str, str]) -> str:
    return render_template(
        "console/quarantine.html",
        rows=quarantine.list(here().db),
        reasons=texts.table("payments.quarantine"),
        opened=opened,
        notice=notice,
    )


def _masked(notice: dict[str, Any]) -> dict[str, str]:
    shown = {name: str(notice.get(name) or "") for name in _SHOWN}
    return shown | {"payer": privacy.mask_id(str(notice.get("payer") or ""))}
