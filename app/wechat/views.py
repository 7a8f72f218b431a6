"""Where WeChat's platform knocks: /wechat/oa and /wechat/mp."""

from typing import Literal

from flask import Blueprint, Response, request

from base import clock
from base.errors import TooLarge

from .. import runtime
from . import envelope, inbox
from .envelope import Channel, Query

blueprint = Blueprint("wechat", __name__, url_prefix="/wechat")

_LARGEST_BYTES = 1024 * 1024
_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json"}

Account = Literal["oa", "mp"]


class PushTooLarge(TooLarge):
    """More than any push of the platform."""

    code = "push_too_large"


@blueprint.get("/<any(oa, mp):account>")
def greet(account: Account) -> Response:
    """Prove to the platform that this address is ours."""
    echo = envelope.greet(_channel(account), _query(), request.args.get("echostr", ""), clock.now())
    return Response(echo, content_type="text/plain; charset=utf-8")


@blueprint.post("/<any(oa, mp):account>")
def receive(account: Account) -> Response:
    """Take a message or event, and answer it within the request."""
    channel, query = _channel(account), _query()
    message = envelope.read(channel, query, _body(), clock.now())
    rendered = inbox.receive(runtime.here(), channel, message)
    answer = envelope.seal(rendered, channel, query.nonce, clock.now())
    plain = rendered == envelope.ACCEPTED
    return Response(answer, content_type="text/plain" if plain else _TYPES[channel.format])


def _body() -> bytes:
    """The body, read no further than the limit whatever its header says."""
    if (request.content_length or 0) > _LARGEST_BYTES:
        raise PushTooLarge
    raw = request.stream.read(_LARGEST_BYTES + 1)
    if len(raw) > _LARGEST_BYTES:
        raise PushTooLarge
    return raw


def _query() -> Query:
    given = request.args
    return Query(
        signature=given.get("signature", ""),
        msg_signature=given.get("msg_signature", ""),
        timestamp=given.get("timestamp", ""),
        nonce=given.get("nonce", ""),
    )


def _channel(account: Account) -> Channel:
    return envelope.channel(runtime.here().settings, account)
