"""A test message to the operator's own WeChat: bound once by a code that is sent there."""

import secrets
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, clock, numbers, privacy, texts
from base.errors import Invalid, Missing
from people import residents
from tracking import messages, templates

from ..runtime import here
from . import store
from .guard import me, needs

blueprint = Blueprint("testing", __name__, url_prefix="/messages/test")

LASTS: Final = timedelta(minutes=10)
PAUSE: Final = timedelta(minutes=1)
TRIES: Final = 5
_CODE: Final = "operator_code"


class NotBound(Invalid):
    """No account of the operator's own is bound; or the code was wrong or too old."""

    code = "not_bound"


class CodeTooSoon(Invalid):
    """A code was sent less than a minute ago."""

    code = "code_too_soon"


@blueprint.get("")
@needs("message.retry")
def page() -> ResponseReturnValue:
    """Bind an account, or send a test to the one that is bound."""
    bound = store.binding(here().db, me().username)
    sent = messages.of(here().db, bound["resident"]) if bound and bound["bound"] else []
    return render_template(
        "console/messages_test.html",
        bound=bound,
        kinds=templates.kinds(),
        sent=[each for each in sent if each.key.startswith("test:")][:10],
    )


@blueprint.post("/code")
@needs("message.retry")
def code() -> ResponseReturnValue:
    """Send a code to whoever has this phone number; the same words whether somebody has it."""
    known = store.binding(here().db, me().username)
    if known and not known["bound"] and known["until"] > clock.now() + LASTS - PAUSE:
        raise CodeTooSoon
    number = f"{secrets.randbelow(10**6):06}"
    found = residents.with_phone_or_name(here().db, request.form.get("phone", "").strip())
    resident = found[0] if len(found) == 1 else ""
    until = clock.now() + LASTS
    store.bind(here().db, me().username, resident, _digest(number), until)
    audit.record(here().db, me().actor, "message.bind", f"operator:{me().username}")
    if resident:
        _tell(resident, _CODE, {"code": number})
    flash(texts.say("console.code_sent"), "success")
    return redirect(url_for("console.testing.page"), 303)


@blueprint.post("/bind")
@needs("message.retry")
def bind() -> ResponseReturnValue:
    """Bind the account that was sent this code; raises NotBound."""
    digest = _digest(request.form.get("code", "").strip())
    if not store.confirm(here().db, me().username, digest, clock.now(), TRIES):
        raise NotBound
    flash(texts.say("console.account_bound"), "success")
    return redirect(url_for("console.testing.page"), 303)


@blueprint.post("/send")
@needs("message.retry")
def send() -> ResponseReturnValue:
    """Send one kind of message, with sample values, to the operator's own account."""
    bound, kind = store.binding(here().db, me().username), request.form.get("kind", "")
    if kind not in templates.kinds():
        raise Missing
    if not bound or not bound["bound"]:
        raise NotBound
    key = _tell(bound["resident"], kind, _sample())
    audit.record(here().db, me().actor, "message.test", f"message:{key}", kind=kind)
    flash(texts.say("console.test_sent"), "success")
    return redirect(url_for("console.testing.page"), 303)


def _tell(resident: str, kind: str, values: dict[str, Any]) -> str:
    key = f"test:{secrets.token_hex(8)}:{kind}"
    messages.tell(here().db, key=key, kind=kind, resident=resident, values=values, link="/h5/me")
    return key


def _sample() -> dict[str, Any]:
    """What every kind can be filled with, and nobody takes for a case."""
    sample: dict[str, Any] = dict(texts.table("console.sample"))
    return sample | {"number": numbers.new(), "day": clock.today(), "amount": 1, "count": 1}


def _digest(number: str) -> str:
    return privacy.digest(f"{me().username}:{number}", "console.code")[:32]
