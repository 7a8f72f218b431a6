"""Lets a page use WeChat's JS-SDK: ask the phone where it is, or for leave to send notices."""

import json
from typing import Final

from flask import Blueprint, Response, jsonify, make_response, request

from base.errors import Unreachable

from ..logs import log
from ..runtime import here
from ..wechat import jssdk
from . import session

blueprint = Blueprint("sdk", __name__)
_SCRIPT: Final = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js"
_POLICY: Final = (
    "default-src 'self'; script-src 'self' https://res.wx.qq.com; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_TAGS: Final = "; frame-src https://*.qq.com webcompt:"
"""What tags (wx-open-…) want of a page with a policy, as others quote the platform's own page."""


@blueprint.get("/jssdk")
def signature() -> Response:
    """A signature for the page at `url`, as JSON; raises jssdk.ForeignPage."""
    return jsonify(_spoken(_config(request.args.get("url", ""))))


def config() -> str | None:
    """What the page being shown hands to wx.config; None outside WeChat or without a ticket."""
    if not session.is_wechat():
        return None
    try:
        address = here().settings.public_url + request.full_path.rstrip("?")
        return json.dumps(_spoken(_config(address)))
    except Unreachable as error:
        log.warning("page unsigned", partner=error.partner, reason=error.reason)
        return None


def script() -> str | None:
    """Where WeChat's own script lies; the simulated phone brings it along."""
    return None if here().settings.loopback else _SCRIPT


def loading(page: str, *, tags: bool = False) -> Response:
    """A page that may load WeChat's script, and show its `tags`."""
    response = make_response(page)
    if script():
        response.headers["Content-Security-Policy"] = _POLICY + (_TAGS if tags else "")
    return response


def _config(url: str) -> jssdk.Config:
    runtime = here()
    return jssdk.config(runtime.wechat, runtime.settings.public_url, url)


def _spoken(found: jssdk.Config) -> dict[str, object]:
    return {
        "appId": found.appid,
        "timestamp": found.timestamp,
        "nonceStr": found.nonce,
        "signature": found.signature,
    }
