"""Every code the platform's pages name has a class, and what is unknown is told once."""

import tomllib

import pytest

from app.wechat.valves import NOTES, POLICIES
from app.wechat.verdicts import Refused, classify, plain
from script import demo

TABLE = tomllib.loads((demo.ROOT / "config" / "wechat_errors.toml").read_text("utf-8"))
ANSWERS = {"person", "refused", "bad_data", "login", "risk"}
LINK, LOGIN, TOKEN = "/wxa/generate_urllink", "/sns/jscode2session", "/cgi-bin/stable_token"
CHECK, CODE = "/wxa/msg_sec_check", "/wxa/getwxacodeunlimit"


def test_every_class_is_one_that_something_is_done_about():
    known = {kind for kinds in TABLE.values() for kind in kinds}
    assert known <= {*POLICIES, *NOTES, *ANSWERS}


def test_no_code_has_two_classes_at_one_endpoint():
    for kinds in TABLE.values():
        codes = [code for found in kinds.values() for code in found]
        assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("code", "here", "there"),
    [
        (40001, ("/cgi-bin/menu/get", "token"), (TOKEN, "configuration")),
        (40001, ("/wxa/business/getuserphonenumber", "token"), (LOGIN, "configuration")),
        (40013, (LINK, "banned"), ("/wxa/business/getuserphonenumber", "configuration")),
        (40002, (LINK, "banned"), (TOKEN, "configuration")),
        (43104, (CHECK, "bad_data"), ("/cgi-bin/menu/get", "unknown")),
        (45009, (CODE, "slow"), ("/cgi-bin/message/template/send", "quota")),
    ],
)
def test_one_number_means_different_things_at_different_endpoints(code, here, there):
    assert (classify(here[0], code), classify(there[0], code)) == (here[1], there[1])


@pytest.mark.parametrize(
    ("kinds", "retry"),
    [
        ("transient token slow brief person quota configuration egress", True),
        ("refused template bad_data login risk banned unknown", False),
    ],
)
def test_the_class_says_whether_waiting_helps(kinds, retry):
    for kind in kinds.split():
        code = TABLE["any"].get(kind, [99999])[0]
        assert (Refused("/x", code).kind, Refused("/x", code).retry) == (kind, retry)


def test_what_the_platform_says_is_kept_without_persons():
    said = "argument 张三 of openid oABCDEFGHIJKLMNOPQRSTUVWXYZ12 phone 13900000000 is bad"
    assert plain(said) == "argument … of openid … phone … is bad"
