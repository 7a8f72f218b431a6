"""Whose word counts: the public key, the platform certificates, old and new, side by side."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from base import alarms, clock
from base.errors import Unreachable
from payments import trust
from payments.wallets import Forged
from payments.wallets.ring import Ring, certificate
from payments.wallets.unionpay import UnionPay
from payments.wallets.wechat import WeChatPay
from script import chain
from simulator.wallets import courier, wechat_notices

from . import town as towns
from .town import Pems, Town


def wechat(town: Town, pems: Pems, **changed: Any) -> WeChatPay:
    """Our wallet, which reads in the town's store what certificates were kept."""
    given = towns.settings(town.url, f"http://127.0.0.1:{town.place.our_port}", pems).wechat
    assert given is not None
    return WeChatPay(replace(given, held=partial(trust.held, town.db), **changed))


@pytest.fixture
def certified(open_door: Town, pems: Pems) -> WeChatPay:
    """Our wallet as it is for an older merchant, who has no public key of WeChat's."""
    return wechat(open_door, pems, public_keys={})


def issue(town: Town, **told: Any) -> str:
    return str(town.control("wallets/wechat/certificates", **told)["serial"])


def sounding(town: Town) -> set[str]:
    return {each["_id"] for each in alarms.standing(town.db)}


def test_a_certificate_is_fetched_kept_and_believed(open_door: Town, certified: WeChatPay) -> None:
    serial, number = issue(open_door, sign=True), open_door.open("wechat").attempt
    with pytest.raises(Unreachable, match="serial"):
        certified.query(number)
    trust.refresh(open_door.db, {"wechat": certified})
    assert list(trust.held(open_door.db)) == [serial]
    with pytest.raises(Unreachable, match="serial"):
        certified.query(number)
    open_door.advance(seconds=61)
    assert certified.query(number).state == "open"


def test_key_and_certificates_old_and_new_count_side_by_side(open_door: Town, pems: Pems) -> None:
    mixed, opened = wechat(open_door, pems), open_door.open("wechat")
    open_door.pay(opened)
    heard = [notice(open_door, opened.attempt)]
    for _ in range(2):
        issue(open_door, sign=True)
        heard.append(notice(open_door, opened.attempt))
        with pytest.raises(Forged, match="serial"):
            mixed.read_notice(*heard[-1])
        trust.refresh(open_door.db, {"wechat": mixed})
        open_door.advance(seconds=61)
    assert {mixed.read_notice(*each).amount for each in heard} == {8000}
    assert len({each[0]["Wechatpay-Serial"] for each in heard}) == 3


def notice(town: Town, number: str) -> tuple[dict[str, str], bytes]:
    """The notice of an order as WeChat would post it now."""
    world = town.place.world
    letter = wechat_notices.write(world, courier.of(world, "wechat", number)[0], "")
    return letter.headers, letter.body


def test_an_unknown_serial_asks_nobody(open_door: Town, certified: WeChatPay) -> None:
    asked = len(open_door.place.world.wire.since(0, 2000))
    for serial in ("A" * 40, "PUB_KEY_ID_X", ""):
        with pytest.raises(Forged, match="serial"):
            certified.read_notice({"Wechatpay-Serial": serial}, b"{}")
    assert len(open_door.place.world.wire.since(0, 2000)) == asked


def test_a_certificate_counts_within_its_time(open_door: Town, certified: WeChatPay) -> None:
    later = issue(open_door, starts_in=3600, days=1)
    issue(open_door, sign=True, days=0.01)
    trust.refresh(open_door.db, {"wechat": certified})
    number = open_door.open("wechat").attempt
    open_door.control("wallets/wechat/options", signs=later)
    for hours, state in ((0, "serial"), (2, "open"), (24, "serial")):
        open_door.advance(hours=hours, minutes=2)
        try:
            found = certified.query(number).state
        except Unreachable as refused:
            found = refused.reason.rpartition(" ")[2]
        assert found == state
    assert trust.held(open_door.db) == {}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "code": "NO_AUTH"},
        {"kind": "forged_answer"},
        {"kind": "status", "status": 200, "body": '{"data": [{}]}'},
    ],
    ids=lambda fault: fault["kind"],
)
def test_what_is_not_proved_is_not_kept(
    open_door: Town, certified: WeChatPay, pems: Pems, fault: dict[str, Any]
) -> None:
    issue(open_door, sign=True)
    open_door.fault("/v3/certificates", times=2, **fault)
    trust.refresh(open_door.db, {"wechat": wechat(open_door, pems)})
    assert (trust.held(open_door.db), sounding(open_door)) == ({}, set())
    trust.refresh(open_door.db, {"wechat": certified})
    assert sounding(open_door) == {"certificates_missing:wechat"}
    trust.refresh(open_door.db, {"wechat": certified})
    assert sounding(open_door) == set()


def test_a_certificate_that_ends_is_an_alarm_until_the_next_is_there(
    open_door: Town, certified: WeChatPay
) -> None:
    issue(open_door, sign=True, days=20)
    for expected in ({"certificate_ends:wechat:platform"}, set()):
        trust.refresh(open_door.db, {"wechat": certified})
        assert sounding(open_door) == expected
        issue(open_door, days=400)


def test_unionpays_certificates_are_watched_to_their_end(open_door: Town) -> None:
    union = open_door.wallets["unionpay"]
    assert isinstance(union, UnionPay)
    trust.refresh(open_door.db, {"unionpay": union})
    assert sounding(open_door) == set()
    left = union.ends["own"] - clock.now() - timedelta(days=9)
    open_door.advance(seconds=left.total_seconds())
    trust.refresh(open_door.db, {"unionpay": union})
    assert sounding(open_door) == {f"certificate_ends:unionpay:{each}" for each in union.ends}


def test_a_probe_in_an_answer_leaves_the_outcome_unknown(open_door: Town) -> None:
    number = open_door.open("wechat").attempt
    open_door.fault("/v3/pay/transactions/out-trade-no/*", "probe_answer")
    with pytest.raises(Unreachable, match="probe"):
        open_door.wallets["wechat"].query(number, clock.now())


def test_a_certificate_bears_its_own_serial() -> None:
    made = chain.Authority("CA")
    serial = f"{made.cert.serial_number:040X}"
    assert certificate(serial, made.pem).ends == datetime(2049, 1, 1, tzinfo=UTC)
    assert Ring({}, lambda: {serial: made.pem}).key(serial) is not None
    with pytest.raises(ValueError, match="serial"):
        certificate("00", made.pem)
