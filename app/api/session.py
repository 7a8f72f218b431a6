"""Signing in from the mini-program, and what a resident says about herself."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from apiflask import APIBlueprint, fields
from marshmallow.validate import Length, OneOf

from base import clock, texts
from base.errors import Conflict
from people import residents, scenes, tokens
from people.residents import Account, Resident
from people.scenes import Scene

from ..runtime import here
from ..wechat import signing
from .guard import auth, caller
from .shapes import In, Out, maybe, text, words

blueprint = APIBlueprint("session", __name__, url_prefix="/api/v1")
LIFETIME = timedelta(days=7)
_SCENE = re.compile(r"[!-~]{1,32}")


class OldAgreement(Conflict):
    """The agreement agreed to is not the one in force; read it again."""

    code = "old_agreement"


class CodeIn(In):
    """A code of wx.login or of the phone button."""

    code = text(256)


class SignInIn(CodeIn):
    """A code of wx.login, and the scene the mini-program was opened with."""

    scene = fields.String(load_default="")


class ResidentOut(Out):
    """A resident as she sees herself: masked."""

    id = fields.String()
    level = fields.Integer(validate=OneOf([0, 1, 2, 3]))
    name = fields.String(attribute="name_masked", allow_none=True)
    phone = fields.String(attribute="phone_masked", allow_none=True)
    agreement = maybe()


class SceneOut(Out):
    """What a code of ours stands for."""

    kind = fields.String(validate=OneOf(scenes.KINDS))
    target = fields.String()
    name = fields.String()


class SessionOut(Out):
    """A token, whose it is, and by which code she has come."""

    token = fields.String()
    expires_at = fields.DateTime()
    resident = fields.Nested(ResidentOut)
    scene = fields.Nested(SceneOut, allow_none=True)


class AgreementOut(Out):
    """The service agreement in force."""

    version = fields.String()
    title = fields.String()
    paragraphs = words()


class AgreementIn(In):
    """The version a resident agrees to."""

    version = fields.String(required=True, validate=Length(1, 32))


class IdentityIn(In):
    """A real name and its identity number, with the consent to check them."""

    name = text(30)
    id_number = text(18, 15)
    consent = fields.Boolean(required=True, validate=OneOf([True]))


@blueprint.post("/session")
@blueprint.input(SignInIn)
@blueprint.output(SessionOut, 201)
def sign_in(json_data: dict[str, Any]) -> dict[str, Any]:
    """Sign in with a code of wx.login; said again within five minutes it gives the same."""
    runtime = here()
    visitor = signing.visitor(runtime.wechat, json_data["code"])
    appid = runtime.settings.wechat_mp_appid
    account = Account("mp", appid, visitor.openid, visitor.unionid)
    resident = residents.arrive(runtime.db, account)
    token = tokens.issue(runtime.settings.secret_key, resident.id, account, LIFETIME)
    told = {"token": token, "expires_at": clock.now() + LIFETIME, "resident": resident}
    return told | {"scene": _came_by(resident, json_data["scene"])}


def _came_by(resident: Resident, raw: str) -> Scene | None:
    """Which code of ours she scanned, counted once; None for whatever else a scene may say.

    It comes percent-encoded, as the mini-program got it.
    """
    key = unquote(raw)
    return scenes.arrived(here().db, key, resident.id) if _SCENE.fullmatch(key) else None


@blueprint.get("/me")
@blueprint.auth_required(auth)
@blueprint.output(ResidentOut)
def me() -> Resident:
    """Who I am to the platform."""
    return caller()


@blueprint.get("/agreement")
@blueprint.output(AgreementOut)
def agreement() -> dict[str, Any]:
    """The service agreement in force."""
    found: dict[str, Any] = texts.table("agreement")
    return found


@blueprint.post("/me/agreement")
@blueprint.auth_required(auth)
@blueprint.input(AgreementIn)
@blueprint.output(ResidentOut)
def agree(json_data: dict[str, Any]) -> Resident:
    """Agree to the service agreement in force."""
    if json_data["version"] != texts.say("agreement.version"):
        raise OldAgreement
    residents.agree(here().db, caller().id, json_data["version"])
    return residents.get(here().db, caller().id)


@blueprint.post("/me/phone")
@blueprint.auth_required(auth)
@blueprint.input(CodeIn)
@blueprint.output(ResidentOut)
def phone(json_data: dict[str, Any]) -> Resident:
    """Confirm the phone number by the code of WeChat's phone button; level 1."""
    return residents.set_phone(here().db, caller().id, here().wechat.phone_of(json_data["code"]))


@blueprint.post("/me/identity")
@blueprint.auth_required(auth)
@blueprint.input(IdentityIn)
@blueprint.output(ResidentOut)
def identity(json_data: dict[str, Any]) -> Resident:
    """Verify the real name; level 2. One person stays one resident, whatever the channel."""
    runtime, id = here(), caller().id
    residents.allow(runtime.db, id, "identity_check", texts.say("agreement.version"))
    name, number = json_data["name"], json_data["id_number"]
    return residents.verify(runtime.db, id, name, number, runtime.identity)
