"""Known answers of WeChat's signatures and frames, for our code and for the simulator alike.

Two published ones of the mini-program are left out, its encryptedData and the signature of its
rawData: neither side opens or signs open data, which the platform's phone code has replaced.
"""

import base64
import json
from pathlib import Path

import pytest

from app.wechat import frame, jssdk
from simulator.wechat import credentials, crypto
from tests.simulator.wechat import town as towns

FILE = Path(__file__).with_name("wechat_vectors.json")
VECTORS = {each["name"]: each for each in json.loads(FILE.read_text("utf-8"))["vectors"]}
SIGNED = [name for name, each in VECTORS.items() if "token" in each]
FRAMES = [name for name, each in VECTORS.items() if "encoding_aes_key" in each]


def known(name):
    """A vector, and its Encrypt: pushed or expected, none where only the address is signed."""
    vector = VECTORS[name]
    return vector, vector.get("body", {}).get("Encrypt") or vector["expect"].get("encrypt")


def test_eight_of_ten_are_here():
    assert (len(VECTORS), len(SIGNED), len(FRAMES)) == (8, 6, 4)


@pytest.mark.parametrize("sign", [frame.sign, crypto.signature])
@pytest.mark.parametrize("name", SIGNED)
def test_both_sides_sign_alike(name, sign):
    vector, sealed = known(name)
    parts = [vector[part] for part in ("token", "timestamp", "nonce")]
    told = vector.get("query", {}) | vector["expect"]

    assert ("signature" in told) or ("msg_signature" in told)
    assert told.get("signature", sign(*parts)) == sign(*parts)
    if sealed:
        assert told["msg_signature"] == sign(*parts, sealed)


@pytest.mark.parametrize("name", FRAMES)
def test_both_sides_open_a_frame_and_seal_one_as_long(name):
    vector, sealed = known(name)
    key, appid = vector["encoding_aes_key"], vector["appid"]
    said = vector.get("message") or vector["expect"]["message"]

    assert frame.decipher(sealed, key, appid).decode() == said
    assert crypto.unseal(sealed, key) == (said.encode(), appid)
    length = len(base64.b64decode(sealed))
    assert vector["expect"].get("cipher_len", length) == length
    assert len(base64.b64decode(frame.encipher(said, key, appid))) == length


@pytest.mark.parametrize("name", [each for each in FRAMES if "random16" in VECTORS[each]])
def test_the_simulator_seals_to_the_letter(name):
    vector, sealed = known(name)
    filler, said = vector["random16"].encode(), vector["message"].encode()

    assert crypto.seal(said, vector["appid"], vector["encoding_aes_key"], filler) == sealed


def test_our_pages_are_signed_as_published():
    vector = VECTORS["jssdk_signature"]
    told = (vector["jsapi_ticket"], vector["noncestr"], int(vector["timestamp"]), vector["url"])

    assert jssdk.sign(*told) == vector["expect"]["signature"]


def test_the_simulator_knows_a_page_signed_as_published():
    vector = VECTORS["jssdk_signature"]
    with towns.opened() as town:
        ticket = {"value": vector["jsapi_ticket"], "until": float("inf")}
        town.world.part("wechat.tickets")["oa"] = {"jsapi": ticket}
        told = {"appId": "wx_oa", "nonceStr": vector["noncestr"]}
        told |= {"timestamp": vector["timestamp"], "signature": vector["expect"]["signature"]}
        assert credentials.signs(town.world, vector["url"], told)


def test_the_simulator_knows_a_session_by_the_published_signature_of_nothing():
    vector = VECTORS["session_key_hmac"]
    with towns.opened() as town:
        openid = town.person()["mp_openid"]
        town.world.part("wechat.sessions")[openid] = vector["session_key"]
        told = {"openid": openid, "sig_method": "hmac_sha256", "access_token": town.token("mp")}
        for signature, code in (("signature_of_empty_string", 0), ("signature", 87009)):
            told["signature"] = vector["expect"][signature]
            assert town.get("/wxa/checksession", **told)["errcode"] == code
