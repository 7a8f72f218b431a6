"""Web sign-in inside WeChat (网页授权): there by a link, back with a code."""

import hmac
import secrets
from collections.abc import MutableMapping
from typing import Any, Literal
from urllib.parse import quote

from base.errors import Forbidden

from . import signing
from .gateway import Gateway, Visitor

Scope = Literal["snsapi_base", "snsapi_userinfo"]
_STATE = "wechat_state"


class ForgedState(Forbidden):
    """The sign-in did not begin in this session, or was finished already."""

    code = "forged_state"


class SnapshotVisitor(Forbidden):
    """A snapshot page's virtual visitor; she becomes real by 使用完整服务."""

    code = "snapshot_visitor"


def begin(
    gateway: Gateway,
    session: MutableMapping[str, Any],
    back: str,
    scope: Scope = "snsapi_userinfo",
) -> str:
    """The address that signs a visitor in and sends her to `back`, bound to her session.

    The platform insists on this order of parameters and on the fragment. Only with
    snsapi_userinfo does it tell the unionid.
    """
    state = secrets.token_hex(16)
    session[_STATE] = f"{scope}:{state}"
    return (
        f"{gateway.open_url}/connect/oauth2/authorize?appid={gateway.oa.appid}"
        f"&redirect_uri={quote(back, safe='')}&response_type=code&scope={scope}&state={state}"
        "#wechat_redirect"
    )


def finish(gateway: Gateway, session: MutableMapping[str, Any], code: str, state: str) -> Visitor:
    """Who has come back; raises ForgedState, SnapshotVisitor, gateway.LoginCodeStale.

    The same return with the same cookie, again within five minutes, stands for the same visitor.
    """
    scope, _, kept = str(session.pop(_STATE, "")).partition(":")
    if not kept or not hmac.compare_digest(kept.encode(), state.encode(errors="replace")):
        raise ForgedState
    return signing.once(gateway, f"{state}:{code}", lambda: _exchanged(gateway, code, scope))


def _exchanged(gateway: Gateway, code: str, scope: str) -> Visitor:
    visitor = gateway.visitor(code, scope)
    if visitor.snapshot:
        raise SnapshotVisitor
    return visitor
