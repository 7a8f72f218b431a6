"""Web sign-in: bound to the session it began in, a code exchanged once, no snapshot visitors."""

import pytest

from app.wechat import gateway as gateways
from app.wechat import oauth

OAUTH = "/sns/oauth2/access_token"


def test_a_sign_in_returns_once_to_the_session_it_began_in(platform, gateway):
    platform.answers[OAUTH] = {"access_token": "user", "openid": "o1", "unionid": "u1"}
    session = {}
    url = oauth.begin(gateway, session, "https://x.cn/h5/back?a=1")
    state = session["wechat_state"].partition(":")[2]

    assert "redirect_uri=https%3A%2F%2Fx.cn%2Fh5%2Fback%3Fa%3D1&response_type=code" in url
    assert url.endswith(f"scope=snsapi_userinfo&state={state}#wechat_redirect")
    assert oauth.finish(gateway, session, "c1", state).unionid == "u1"
    with pytest.raises(oauth.ForgedState):
        oauth.finish(gateway, session, "c1", state)


def test_a_code_that_comes_twice_is_exchanged_once_and_only_for_its_own_state(platform, gateway):
    platform.answers[OAUTH] = {"access_token": "user", "openid": "o1", "unionid": "u1"}
    session = {}
    oauth.begin(gateway, session, "https://x.cn/")
    cookie, state = dict(session), session["wechat_state"].partition(":")[2]
    assert {oauth.finish(gateway, dict(cookie), "c1", state).openid for _ in range(2)} == {"o1"}
    assert platform.asked[OAUTH] == 1

    platform.answers[OAUTH] = {"errcode": 40163}
    oauth.begin(gateway, session, "https://x.cn/")
    with pytest.raises(gateways.LoginCodeStale):
        oauth.finish(gateway, session, "c1", session["wechat_state"].partition(":")[2])


@pytest.mark.parametrize("state", ["", "other", "\ud800"])
def test_a_forged_state_is_refused_before_the_platform_is_asked(platform, gateway, state):
    session = {}
    oauth.begin(gateway, session, "https://x.cn/")
    with pytest.raises(oauth.ForgedState):
        oauth.finish(gateway, session, "c1", state)

    assert platform.asked[OAUTH] == 0


def test_a_snapshot_visitor_is_nobody(platform, gateway):
    platform.answers[OAUTH] = {"access_token": "user", "openid": "o1", "is_snapshotuser": 1}
    session = {}
    oauth.begin(gateway, session, "https://x.cn/")
    with pytest.raises(oauth.SnapshotVisitor):
        oauth.finish(gateway, session, "c1", session["wechat_state"].partition(":")[2])
