"""Pictures and voices that travel through WeChat, kept three days as files of the world."""

import secrets
from typing import Any

from flask import Blueprint, Response, request

from ..world import Account, World, here
from . import replies
from .api import Answer, WeChatError, caller

blueprint = Blueprint("wechat_media", __name__)
LIFE_SECONDS = 3 * 24 * 3600
TYPES = {"image": "image/jpeg", "voice": "audio/amr", "video": "video/mp4", "thumb": "image/jpeg"}
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "audio/amr": "amr", "video/mp4": "mp4"}


@blueprint.post("/cgi-bin/media/upload")
def upload() -> Answer:
    """Keep an uploaded file (form field `media`) for three days."""
    account = caller()
    kind = request.args.get("type", request.form.get("type", ""))
    if kind not in TYPES:
        raise WeChatError(40004)
    file = request.files.get("media")
    if file is None:
        raise WeChatError(41005)
    world = here()
    media_id = keep(world, account, file.read(), file.mimetype or TYPES[kind])
    return {"type": kind, "media_id": media_id, "created_at": world.clock.stamp()}


@blueprint.get("/cgi-bin/media/get")
def get() -> Response:
    """Return a file by its media_id, which is of no use to any other account."""
    account = caller()
    kept = found(here(), request.args.get("media_id", ""))
    if kept is None or kept["account"] != account.kind:
        raise WeChatError(40007)
    name = f"media.{ENDINGS.get(kept['content_type'], 'bin')}"
    return Response(
        kept["content"],
        content_type=kept["content_type"],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get(replies.MEDIA_PATH + "<media_id>")
def show(media_id: str) -> Response:
    """Serve a file to anybody who knows its address, as PicUrl promises."""
    kept = found(here(), media_id)
    if kept is None:
        return Response(status=404)
    return Response(kept["content"], content_type=kept["content_type"])


def keep(world: World, account: Account, content: bytes, content_type: str) -> str:
    """Keep a file of an account and return its media_id of 64 characters."""
    media_id = secrets.token_urlsafe(48)
    folder = world.folder / "media"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / media_id).write_bytes(content)
    with world.lock:
        until = world.clock.seconds() + LIFE_SECONDS
        world.part("wechat.media")[media_id] = {
            "account": account.kind,
            "content_type": content_type,
            "until": until,
        }
    world.changed("wechat.media", media_id)
    return media_id


def found(world: World, media_id: str) -> dict[str, Any] | None:
    """Return {"content": bytes, "content_type", "account"}, None if unknown or too old."""
    with world.lock:
        kept = world.part("wechat.media").get(media_id)
    path = world.folder / "media" / media_id
    if kept is None or kept["until"] <= world.clock.seconds() or not path.exists():
        return None
    return {**kept, "content": path.read_bytes()}


def address(world: World, media_id: str) -> str:
    """Return the PicUrl of a file: absolute, on the simulator's own port."""
    base = world.config.get("simulator_url") or request.host_url
    return str(base).rstrip("/") + replies.MEDIA_PATH + media_id
