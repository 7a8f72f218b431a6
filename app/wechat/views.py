"""Where WeChat's platform knocks: /wechat/oa and /wechat/mp."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import unquote_plus

from flask import Blueprint, Response, request

from base import clock
from base.errors import TooLarge

from .. import runtime
from ..entries import FAILURE, Entry, Said, posted
from . import envelope, inbox
from .envelope import Query

if TYPE_CHECKING:
    from ..runtime import Runtime

blueprint = Blueprint("wechat", __name__, url_prefix="/wechat")

_ROUTE: Final = "/wechat/<any(oa, mp):account>"
_LARGEST_BYTES = 1024 * 1024
_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json"}

Account = Literal["oa", "mp"]


class PushTooLarge(TooLarge):
    """More than any push of the platform."""

    code = "push_too_large"


@blueprint.get("/<any(oa, mp):account>")
def greet(account: Account) -> Response:
    """Prove to the platform that this address is ours."""
    channel = runtime.here().channels[account]
    query = _query(request.environ)
    echo = envelope.greet(channel, query, request.args.get("echostr", ""), clock.now())
    return Response(echo, content_type="text/plain; charset=utf-8")


@blueprint.post("/<any(oa, mp):account>")
def receive(account: Account) -> Response:
    """Take a message or event, and answer it within the request.

    The door has done so before a request comes here; what comes is what failed there.
    """
    failure = request.environ.get(FAILURE)
    if failure is not None:
        raise failure
    said = answer(account, runtime.here(), request.environ)
    return Response(said.content, content_type=said.kind)


def answer(account: Account, here: "Runtime", environ: dict[str, Any], _id: str = "") -> Said:
    """The answer to a push as the platform reads it."""
    channel, query, now = here.channels[account], _query(environ), clock.now()
    body = posted(environ, _LARGEST_BYTES)
    if body is None:
        raise PushTooLarge
    message = envelope.read(channel, query, body, now)
    rendered = inbox.receive(here, channel, message)
    plain = rendered == envelope.ACCEPTED
    kind = "text/plain; charset=utf-8" if plain else _TYPES[channel.format]
    return Said(envelope.seal(rendered, channel, query.nonce, now), kind)


ENTRIES: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "/wechat/oa": Entry(_ROUTE, partial(answer, "oa")),
        "/wechat/mp": Entry(_ROUTE, partial(answer, "mp")),
    }
)


def _query(environ: Mapping[str, Any]) -> Query:
    """What the address carries; of a name given twice, the first."""
    given: dict[str, str] = {}
    for part in environ.get("QUERY_STRING", "").split("&"):
        name, _, value = part.partition("=")
        given.setdefault(name, unquote_plus(value))
    return Query(
        signature=given.get("signature", ""),
        msg_signature=given.get("msg_signature", ""),
        timestamp=given.get("timestamp", ""),
        nonce=given.get("nonce", ""),
    )
