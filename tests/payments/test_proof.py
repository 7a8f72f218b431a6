"""Every money fact says where its word was read, what was verified and by whose key."""

import hashlib
import json
import re
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_pem_x509_certificate

from base import clock
from payments import bills, fiscal
from payments.reconciliation import store
from payments.wallets.nontax import Finance
from payments.wallets.nontax_wire import NontaxSettings
from script.chaoses.money import sides

from . import keys as test_keys
from .closing import asked, at, fetched
from .office import Office
from .refunding import approved, later, paid
from .town import BILL, Pems, Town

WALLETS = ["wechat", "alipay", "unionpay"]
SIGNED = re.compile(r'_response": ?(\{.*\}), ?"sign"', re.DOTALL)


@pytest.fixture
def serials(pems: Pems) -> dict[str, str]:
    """How each wallet's key is called, worked out here and by nobody else."""
    alipay = serialization.load_pem_public_key(test_keys.public(pems.alipay).encode())
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    der = alipay.public_bytes(serialization.Encoding.DER, info)
    union = load_pem_x509_certificate(pems.union["unionpay_signing_cert"].encode())
    return {
        "wechat": "PUB_KEY_ID_0119000000012026112100",
        "alipay": hashlib.sha256(der).hexdigest(),
        "unionpay": str(union.serial_number),
    }


def spoken(town: Town, way: str) -> Iterator[str]:
    """The fingerprints of what wallets posted ("out") or answered ("in"), as it was signed."""
    for line in town.place.world.wire.since(0, 2000):
        body = line["answer"] if way == "in" else line["request"]
        signed = SIGNED.search(body) if way == "in" else None
        yield hashlib.sha256((signed[1] if signed else body).encode()).hexdigest()


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_notice_is_kept_by_the_fingerprint_of_its_body(
    open_door: Town, serials: dict[str, str], wallet: str
) -> None:
    open_door.pay(open_door.open(wallet))
    (fact,) = bills.facts(open_door.db, BILL)
    assert (fact["source"], fact["serial"]) == ("notice", serials[wallet])
    assert fact["proof"] in set(spoken(open_door, "out"))


@pytest.mark.parametrize("wallet", WALLETS)
def test_an_answer_is_kept_by_the_fingerprint_of_what_was_signed(
    alice: Town, serials: dict[str, str], wallet: str
) -> None:
    alice.pay(alice.open(wallet))
    asked(alice)
    (fact,) = bills.facts(alice.db, BILL)
    assert (fact["source"], fact["serial"]) == ("query", serials[wallet])
    assert fact["proof"] in set(spoken(alice, "in"))


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_refund_that_was_asked_about_is_proved_too(
    alice: Town, serials: dict[str, str], wallet: str
) -> None:
    paid(alice, wallet)
    approved(alice, 100)
    later(alice, minutes=5)
    fact = bills.facts(alice.db, BILL)[-1]
    assert (fact["kind"], fact["source"], fact["serial"]) == ("refund", "query", serials[wallet])
    assert fact["proof"] in set(spoken(alice, "in"))


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_statement_bears_the_key_that_vouches_for_it(
    alice: Town, serials: dict[str, str], wallet: str
) -> None:
    at(alice, 12)
    day = clock.today()
    paid(alice, wallet)
    alice.advance(days=1)
    found = fetched(alice, wallet, day)
    assert (found.source, found.serial) == ("wallet", serials[wallet])
    assert store.statement(alice.db, found.id) == found


def test_what_finance_says_is_proved_in_its_story(office: Office) -> None:
    office.pay()
    office.settle()
    told = [line for line in office.record.history if line["move"] == "fiscal_confirmed"]
    assert [line["proof"] in set(spoken(office.town, "in")) for line in told] == [True]
    assert all(line["proof"] and line["serial"] for line in office.record.history)


def test_another_secret_of_finances_is_another_key(office: Office) -> None:
    """The secret itself stands nowhere."""
    office.lock()
    first = office.record.history[0]["serial"]
    other = sides.OFFICE | {"secret": "t" * 32}
    office.town.place.world.config["nontax"] = other
    office.town.db["fiscal"].delete_many({})
    url = f"{office.town.url}/nontax"
    finance = Finance(NontaxSettings(url, notify_url="http://127.0.0.1:1/x", **other))
    fiscal.lock(office.db, finance, office.town.bill())
    second = office.record.history[0]["serial"]
    assert first != second
    assert {first.split(":")[0], second.split(":")[0]} == {"unit"}
    assert sides.OFFICE["secret"] not in json.dumps([first, second])
