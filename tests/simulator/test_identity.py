"""The identity check answers Tencent's own SDK, and nobody whose signature is not right."""

import time

import pytest
import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.faceid.v20180301.faceid_client import FaceidClient
from tencentcloud.faceid.v20180301.models import IdCardVerificationRequest

from simulator.app import application
from simulator.world import World
from tests.simulator.phone.standin import config, served

ID, KEY = "AKIDsample", "sample"
UNKNOWN = "11010519491231002X"


class Town:
    """A simulator, asked through the SDK and told through the control API."""

    def __init__(self, world, url):
        self.world, self.url = world, url
        self.person = world.invent({"name": "王小红"})

    def client(self, id=ID, key=KEY, unsigned=False):
        told = HttpProfile(protocol="http", endpoint=self.url[7:], reqTimeout=60)
        profile = ClientProfile(httpProfile=told)
        profile.unsignedPayload = unsigned
        return FaceidClient(Credential(id, key), "", profile)

    def check(self, name="王小红", number=None, client=None):
        asked = IdCardVerificationRequest()
        asked.Name, asked.IdCard = name, self.person.id_number if number is None else number
        return (client or self.client()).IdCardVerification(asked)

    def refusal(self, **how):
        with pytest.raises(TencentCloudSDKException) as refused:
            self.check(**how)
        return refused.value.code

    def control(self, path, **told):
        return requests.post(f"{self.url}/control/v1{path}", json=told, timeout=60)


@pytest.fixture
def town():
    world = World(config(identity={"secret_id": ID, "secret_key": KEY}))
    with served(application(world)) as url:
        yield Town(world, url)
    world.close()


def test_a_true_name_and_number_match(town):
    told = town.check()
    assert (told.Result, told.Description) == ("0", "姓名和身份证号一致")
    assert told.RequestId


def test_a_lower_case_check_letter_is_the_same_number(town):
    town.world.invent({"name": "李静", "id_number": UNKNOWN})
    assert town.check("李静", UNKNOWN.lower()).Result == "0"


@pytest.mark.parametrize(
    ("name", "number", "result"),
    [("李静", None, "-1"), ("王小红", "110105194912310021", "-2"), ("王小红", "1", "-2"),
     ("W", None, "-3"), ("王小红", UNKNOWN, "-5")],
)  # fmt: skip
def test_what_does_not_match_is_told_apart(town, name, number, result):
    assert town.check(name, number).Result == result


def test_checks_are_counted_and_only_real_ones_charged(town):
    town.check()
    town.check("李静")
    town.check("W")
    told = requests.get(f"{town.url}/control/v1/identity", timeout=60).json()
    assert (told["counts"], told["charged"]) == ({"0": 1, "-1": 1, "-3": 1}, 2)


def test_the_body_may_be_unsigned_when_the_header_says_so(town):
    assert town.check(client=town.client(unsigned=True)).Result == "0"


def test_a_wrong_key_or_id_is_refused(town):
    assert town.refusal(client=town.client(key="other")) == "AuthFailure.SignatureFailure"
    assert town.refusal(client=town.client(id="other")) == "AuthFailure.SecretIdNotFound"


def test_the_caller_may_go_by_the_real_clock_or_by_the_virtual_one(town):
    town.world.clock.set(30 * 86400.0)
    assert town.check().Result == "0"


def test_another_action_and_an_unheard_version_are_refused(town):
    with pytest.raises(TencentCloudSDKException, match="InvalidAction"):
        town.client().call_json("CheckNothing", {})
    client = town.client()
    client._apiVersion = "2017-03-12"
    assert town.refusal(client=client) == "NoSuchVersion"


def call(town, stamp=None, **headers):
    day = time.strftime("%Y-%m-%d", time.gmtime())
    scope = f"TC3-HMAC-SHA256 Credential={ID}/{day}/faceid/tc3_request"
    given = {
        "X-TC-Timestamp": str(stamp or int(time.time())),
        "Authorization": f"{scope}, SignedHeaders=content-type;host, Signature={'0' * 64}",
    }
    answer = requests.post(town.url + "/", json={}, headers=given | headers, timeout=60)
    assert answer.status_code == 200
    return answer.json()["Response"]["Error"]["Code"]


def test_unsigned_old_and_malformed_calls_are_refused(town):
    assert call(town) == "AuthFailure.SignatureFailure"
    assert call(town, stamp=int(time.time()) - 400) == "AuthFailure.SignatureExpire"
    assert call(town, **{"X-TC-Timestamp": "now"}) == "MissingParameter"
    assert call(town, Authorization="") == "AuthFailure.InvalidAuthorization"
    yesterday = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
    old = (f"TC3-HMAC-SHA256 Credential={ID}/{yesterday}/faceid/tc3_request, "
           f"SignedHeaders=content-type;host, Signature={'0' * 64}")  # fmt: skip
    assert call(town, Authorization=old) == "AuthFailure.SignatureExpire"


@pytest.mark.parametrize(
    ("told", "code"),
    [({}, "MissingParameter"), ({"Name": "王小红", "IdCard": 1}, "InvalidParameter"),
     ({"Encryption": {"A": 1}}, "UnsupportedOperation")],
)  # fmt: skip
def test_a_request_that_lacks_something_is_refused(town, told, code):
    with pytest.raises(TencentCloudSDKException, match=code):
        town.client().call_json("IdCardVerification", told)


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_that_is_no_json_object_is_refused(town, body):
    headers = {"Content-Type": "application/octet-stream"}
    with pytest.raises(TencentCloudSDKException, match="InvalidParameter"):
        town.client().call_octet_stream("IdCardVerification", headers, body)


def test_a_mode_holds_until_it_is_changed(town):
    town.control("/identity/mode", result="-4")
    assert [town.check().Result for _ in range(2)] == ["-4", "-4"]
    town.control("/identity/mode", error="ResourceUnavailable.InArrears")
    assert town.refusal() == "ResourceUnavailable.InArrears"
    town.control("/identity/mode", slow_seconds=0.2)
    started = time.monotonic()
    assert town.check().Result == "0"
    assert time.monotonic() - started > 0.2


def test_a_mode_that_does_not_exist_is_refused(town):
    assert town.control("/identity/mode", nonsense=1).status_code == 400
    assert town.control("/identity/mode", result="9").status_code == 400


def test_a_check_that_is_down_breaks_the_connection(town):
    town.control("/identity/mode", down=True)
    assert town.refusal() == "ClientNetworkError"
    town.control("/identity/mode")
    assert town.check().Result == "0"


def test_faults_strike_once(town):
    town.control(
        "/faults", endpoint="IdCardVerification", kind="error", code="RequestLimitExceeded"
    )
    assert town.refusal() == "RequestLimitExceeded"
    town.control("/faults", endpoint="IdCardVerification", kind="error")
    assert town.refusal() == "InternalError"
    town.control("/faults", endpoint="IdCardVerification", kind="result", result="-6")
    assert [town.check().Result for _ in range(2)] == ["-6", "0"]
    town.control("/faults", endpoint="/", kind="reset")
    assert town.refusal() == "ClientNetworkError"
