"""Printed codes: what each brought, and the sheet to hang up."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from base import audit, outbox, texts
from base.errors import Missing, Unreachable
from people import companies, scenes

from .. import scenes as codes
from ..runtime import here
from ..wechat.verdicts import Refused
from .guard import me, needs

blueprint = Blueprint("scenes", __name__, url_prefix="/scenes")

_PER_PAGE = 50
_MAKE = "scene.make"


@blueprint.get("")
@needs("scene.see")
def page() -> ResponseReturnValue:
    """The codes of one kind, each with whom it brought."""
    kind, after = request.args.get("kind", scenes.COUNTER), request.args.get("after", "")
    if kind not in scenes.KINDS:
        raise Missing
    found = scenes.listed(here().db, kind, after, _PER_PAGE)
    return render_template(
        "console/scenes.html",
        rows=[(each, scenes.brought(here().db, each.key)) for each in found],
        kind=kind,
        kinds=scenes.KINDS,
        more=found[-1].key if len(found) == _PER_PAGE else None,
    )


@blueprint.post("")
@needs("scene.make")
def enter() -> ResponseReturnValue:
    """Have codes made for every point and agency that has none."""
    count = codes.enter(here().db, outbox.promise(_MAKE))
    return _made(f"all:{count}")


@blueprint.post("/company")
@needs("scene.make")
def company() -> ResponseReturnValue:
    """Have an invitation made for a company."""
    found = companies.get(here().db, request.form.get("uscc", "").strip())
    owed = outbox.promise(_MAKE)
    scenes.put(here().db, scenes.UNIT, f"company:{found.uscc}", found.name, owed)
    return _made(f"company:{found.uscc}", scenes.UNIT)


@blueprint.get("/<key>")
@needs("scene.see")
def show(key: str) -> ResponseReturnValue:
    """The sheet to print."""
    return render_template("console/scene.html", scene=scenes.get(here().db, key))


@blueprint.get("/<key>/code.svg")
@needs("scene.see")
def code(key: str) -> ResponseReturnValue:
    """The code itself."""
    scene = scenes.get(here().db, key)
    if scene.url is None:
        raise Missing
    return Response(codes.drawing(scene.url), content_type="image/svg+xml")


@blueprint.get("/<key>/mini")
@needs("scene.see")
def mini(key: str) -> ResponseReturnValue:
    """The sheet with the mini-program's code, or why there is none."""
    scene, picture, refusal = scenes.get(here().db, key), "", ""
    try:
        picture = codes.mini(here(), scene)
    except Refused as error:
        refusal = texts.say("console.mini_code_refused", code=error.code)
    except Unreachable:
        refusal = texts.say("console.mini_code_later")
    return render_template("console/scene.html", scene=scene, mini=picture, refusal=refusal)


def _made(what: str, kind: str | None = None) -> ResponseReturnValue:
    audit.record(here().db, me().actor, "scene.make", f"scene:{what}")
    flash(texts.say("console.scenes_entered"), "success")
    return redirect(url_for("console.scenes.page", kind=kind), 303)
