"""Promised effects that failed again and again, and trying them once more by hand."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, outbox, texts
from base.errors import Missing
from base.outbox import Promise

from .. import jobs
from ..runtime import here
from .guard import me, needs

blueprint = Blueprint("effects", __name__, url_prefix="/effects")


@dataclass(frozen=True)
class Stuck:
    """One promise that is stuck, and the document that carries it."""

    collection: str
    document: str
    promise: Promise

    @property
    def label(self) -> str:
        """What the effect does, in words; its bare name when nobody has named it."""
        named: dict[str, str] = texts.table("console.effects")
        return named.get(self.promise["effect"], self.promise["effect"])


@blueprint.get("")
@needs("effect.see")
def page() -> ResponseReturnValue:
    """Every stuck promise, by collection; the data it carries are not shown."""
    rows = [
        Stuck(name, document, promise)
        for name in jobs.COLLECTIONS
        for document, promise in outbox.stuck(here().db[name])
    ]
    return render_template("console/effects.html", rows=rows)


@blueprint.post("/again")
@needs("effect.retry")
def again() -> ResponseReturnValue:
    """Make a stuck promise due at once and wake a worker."""
    form, runtime = request.form, here()
    collection, document = form.get("collection", ""), form.get("document", "")
    promise = form.get("promise", "")
    if collection not in jobs.COLLECTIONS or not promise.isalnum():
        raise Missing
    if outbox.again(runtime.db[collection], document, promise):
        audit.record(runtime.db, me().actor, "effect.again", f"effect:{promise}", of=collection)
        outbox.made.set(True)
        flash(texts.say("console.effect_again"), "success")
    else:
        flash(texts.say("console.effect_gone"), "warning")
    return redirect(url_for("console.effects.page"), 303)
