"""What the official account may learn of its followers."""

from flask import Blueprint, request

from ..world import here
from .api import Answer, addressee, caller

blueprint = Blueprint("wechat_users", __name__)


@blueprint.get("/cgi-bin/user/info")
def info() -> Answer:
    """Return whether a person follows, since when, and the unionid; no name, no picture."""
    account = caller("oa")
    person = addressee(account, request.args.get("openid"))
    answer: Answer = {"subscribe": int(person.following), "openid": person.openids["oa"]}
    if not person.following:
        return answer
    union = {"unionid": person.unionid} if person.unionid else {}
    return (
        answer
        | union
        | {
            "language": "zh_CN",
            "subscribe_time": person.followed_at,
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": "ADD_SCENE_SEARCH",
            "qr_scene": 0,
            "qr_scene_str": "",
        }
    )


@blueprint.get("/cgi-bin/user/get")
def followers() -> Answer:
    """List the openids of all followers at once."""
    caller("oa")
    world = here()
    with world.lock:
        openids = [one.openids["oa"] for one in world.people.values() if one.following]
    last = openids[-1] if openids else ""
    return {
        "total": len(openids),
        "count": len(openids),
        "data": {"openid": openids},
        "next_openid": last,
    }
