"""Scene QR codes of the official account; kept in part "wechat.qrcodes" by ticket."""

import hashlib
import io
import secrets
from typing import Any

from flask import Blueprint, Response, request
from PIL import Image

from ..world import World, here
from .api import Answer, WeChatError, caller, posted

blueprint = Blueprint("wechat_qrcodes", __name__)
LONGEST_SECONDS = 2_592_000
USUAL_SECONDS = 60
CELLS = 16
PIXELS = 320


@blueprint.route("/cgi-bin/qrcode/create", methods=["GET", "POST"])
def create() -> Answer:
    """Make a code for a scene, for a time or for good."""
    caller("oa")
    told, world = posted(), here()
    action = str(told.get("action_name", ""))
    scene = scene_of(action, told.get("action_info"))
    ticket = "g" + secrets.token_urlsafe(72)
    url = "http://weixin.qq.com/q/" + secrets.token_urlsafe(16)
    answer: Answer = {"ticket": ticket, "url": url}
    until = None
    if not action.startswith("QR_LIMIT_"):
        seconds = min(int(told.get("expire_seconds") or USUAL_SECONDS), LONGEST_SECONDS)
        until = world.clock.seconds() + seconds
        answer["expire_seconds"] = seconds
    with world.lock:
        world.part("wechat.qrcodes")[ticket] = {"scene": scene, "until": until, "url": url}
    world.changed("wechat.qrcodes", ticket)
    return answer


@blueprint.get("/cgi-bin/showqrcode")
def show() -> Response:
    """Return the picture of a ticket: a pattern of its own, not a code one could scan."""
    ticket = request.args.get("ticket", "")
    if found(here(), ticket) is None:
        return Response(status=404)
    cells = hashlib.shake_256(ticket.encode()).digest(CELLS * CELLS // 8)
    picture = Image.frombytes("1", (CELLS, CELLS), cells).resize((PIXELS, PIXELS))
    written = io.BytesIO()
    picture.convert("L").save(written, "JPEG")
    return Response(written.getvalue(), content_type="image/jpg")


def scene_of(action: str, info: object) -> str:
    """Return the scene a request asks for, as text; 40053 when it is not allowed."""
    told: dict[str, Any] = info.get("scene", {}) if isinstance(info, dict) else {}
    if action in ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE"):
        text = str(told.get("scene_str", ""))
        if 1 <= len(text) <= 64:
            return text
    if action in ("QR_SCENE", "QR_LIMIT_SCENE"):
        number, most = told.get("scene_id"), 2**32 - 1 if action == "QR_SCENE" else 100_000
        if isinstance(number, int) and 1 <= number <= most:
            return str(number)
    raise WeChatError(40053)


def found(world: World, ticket: str) -> dict[str, Any] | None:
    """Return {"scene", "until", "url"} of a ticket, None if it is unknown or too old."""
    with world.lock:
        kept: dict[str, Any] | None = world.part("wechat.qrcodes").get(ticket)
    if kept is None or (kept["until"] is not None and kept["until"] <= world.clock.seconds()):
        return None
    return kept
