"""The identity check on the wire: what each answer of the partner means."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from app import identity_check
from base.errors import Unreachable
from people import identity, residents
from simulator.app import application
from simulator.world import World
from tests.simulator.phone.standin import config, served

from .conftest import WANG


class Partner(BaseHTTPRequestHandler):
    """Says to everybody what the test has told it to say, and keeps what it was asked."""

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.asked.append((dict(self.headers), json.loads(self.rfile.read(length))))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def partner():
    with ThreadingHTTPServer(("127.0.0.1", 0), Partner) as server:
        server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(partner, response, status=200):
    partner.answer = (status, json.dumps({"Response": response | {"RequestId": "r"}}).encode())
    identity_check.checker(partner.url, "id", "key")("王小红", WANG)


def test_a_match_returns_and_the_request_is_signed(partner):
    ask(partner, {"Result": "0", "Description": "认证通过"})
    ((headers, body),) = partner.asked
    assert body == {"Name": "王小红", "IdCard": WANG}
    assert headers["X-TC-Action"] == "IdCardVerification"
    assert headers["Authorization"].startswith("TC3-HMAC-SHA256 Credential=id/")


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        ("-1", identity.NameDiffers),
        ("-2", identity.BadIdNumber),
        ("-3", identity.BadName),
        ("-5", identity.NoSuchIdentity),
        ("-7", identity.TooManyChecks),
    ],
)
def test_an_answer_that_does_not_confirm_is_a_problem(partner, result, problem):
    with pytest.raises(problem):
        ask(partner, {"Result": result})


@pytest.mark.parametrize(("result", "retry"), [("-4", True), ("-6", True), ("9", False)])
def test_a_register_that_does_not_answer_is_unreachable(partner, result, retry):
    with pytest.raises(Unreachable) as failed:
        ask(partner, {"Result": result})
    assert (failed.value.partner, failed.value.retry) == ("identity", retry)


@pytest.mark.parametrize(
    ("code", "retry"),
    [
        ("AuthFailure.SignatureFailure", False),
        ("UnauthorizedOperation.Arrears", False),
        ("InternalError", True),
        ("RequestLimitExceeded", True),
        ("FailedOperation.UnKnown", True),
    ],
)
def test_an_error_says_whether_waiting_helps_and_quotes_nobody(partner, code, retry):
    with pytest.raises(Unreachable) as failed:
        ask(partner, {"Error": {"Code": code, "Message": f"王小红 {WANG}"}})
    assert failed.value.retry is retry
    assert WANG not in repr(failed.value) + failed.value.reason
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("answer", [(500, b"oops"), (200, b"not json"), (200, b"{}")])
def test_nonsense_from_the_partner_is_unreachable(partner, answer):
    partner.answer = answer
    with pytest.raises(Unreachable) as failed:
        identity_check.checker(partner.url, "id", "key")("王小红", WANG)
    assert failed.value.retry


def test_a_partner_that_is_not_there_is_unreachable():
    with pytest.raises(Unreachable) as failed:
        identity_check.checker("http://127.0.0.1:9", "id", "key")("王小红", WANG)
    assert failed.value.reason == "ClientNetworkError"


def test_proxies_of_the_environment_are_not_used(partner, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    ask(partner, {"Result": "0"})


class Simulated:
    """The simulator's identity check, spoken to by ours over loopback HTTP."""

    def __init__(self, world, url):
        self.world, self.url = world, url
        self.person = world.invent({"name": "王小红"})

    def check(self, name="王小红", number=None, key="sample", seconds=60):
        check = identity_check.checker(self.url, "AKIDsample", key, timeout=(60, seconds))
        check(name, number or self.person.id_number)

    def be(self, **mode):
        answer = requests.post(f"{self.url}/control/v1/identity/mode", json=mode, timeout=60)
        assert answer.ok


@pytest.fixture
def simulated():
    world = World(config(identity={"secret_id": "AKIDsample", "secret_key": "sample"}))
    with served(application(world)) as url:
        yield Simulated(world, url)
    world.close()


def test_the_simulator_knows_its_people(simulated):
    simulated.check()
    with pytest.raises(identity.NameDiffers):
        simulated.check(name="李建国")
    with pytest.raises(identity.NoSuchIdentity):
        simulated.check(number=WANG)
    with pytest.raises(Unreachable) as failed:
        simulated.check(key="wrong")
    assert not failed.value.retry


@pytest.mark.parametrize("mode", [{"slow_seconds": 1}, {"down": True}, {"result": "-6"}])
def test_a_slow_or_broken_simulator_is_unreachable_for_a_while(simulated, mode):
    simulated.be(**mode)
    with pytest.raises(Unreachable) as failed:
        simulated.check(seconds=0.5)
    assert failed.value.retry
    simulated.be()
    simulated.check()


def test_a_resident_is_verified_through_the_wire(db, wang, simulated):
    check = identity_check.checker(simulated.url, "AKIDsample", "sample")
    known = residents.verify(db, wang.id, "王小红", simulated.person.id_number, check)
    assert known.level == 2
