"""The rows of `script/chaos money`, in their small sizes."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask

from base.store import Database
from payments import bills
from payments.wallets import Wallets
from script import demo
from script.benches import settle
from script.chaoses import sequences, silence, threefold
from script.chaoses.money.crashing import Guillotine
from script.chaoses.money.sides import Pems, world
from script.chaoses.money.stage import Stage
from script.chaoses.money.tally import Tally
from script.chaoses.money.town import Line, Place


@pytest.fixture
def stage(db: Database, place: Place, built: Wallets, door: Flask) -> Iterator[Stage]:
    """A stage on the store of this run; nobody falls here."""
    yield Stage(db, place, built, door, Guillotine())
    place.world.reset()


def test_refunds_asked_for_all_at_once_never_exceed_the_payment(stage: Stage) -> None:
    verdict = threefold.bar(stage, "alipay", 12)
    assert verdict.passed, verdict.figures
    assert verdict.figures["said"]["not_refundable"] == 8


def test_without_any_notice_payments_are_found_by_asking(stage: Stage) -> None:
    verdict = silence.bar(stage.town(), 4)
    assert verdict.passed, verdict.figures
    assert verdict.figures["settled_by_asking"] == 4


def test_nothing_is_lost_or_doubled_while_everything_is_killed() -> None:
    command = [sys.executable, "-m", "script.chaoses", "killing", "--size", "small"]
    done = subprocess.run(command, cwd=demo.ROOT, capture_output=True, check=False)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == 3, done.stderr[-3000:]
    for verdict in verdicts[:2]:
        assert verdict["passed"], verdict["figures"]


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path) -> None:
    state = sequences.State(tmp_path / "state.json")
    tally = Tally(sequences=250)
    tally.crashes["open 1 before"] += 3
    state.note(sequences.Piece(seed=4, many=250), tally, 60.0)
    state.note(sequences.Piece(seed=5, many=250), Tally(broken=["what broke"]), 1.0)

    again = sequences.State(tmp_path / "state.json")
    assert (again.done, again.tally.sequences, again.seconds) == (["seed 4 250"], 250, 61.0)
    found, every, in_time = again.verdicts(250, 1)
    assert (found.passed, every.passed, in_time.passed) == (True, False, True)
    assert found.figures["crashes_by_verb"] == {"open": 3}
    assert not (tmp_path / "state.json").exists()


def test_sequences_that_took_an_hour_in_all_their_sittings_do_not_pass(tmp_path) -> None:
    state = sequences.State(tmp_path / "state.json")
    state.note(sequences.Piece(seed=4, many=250), Tally(sequences=250), 7200.0)
    assert [each.passed for each in state.verdicts(250, 2)] == [True, False, False]


def test_a_notice_of_the_bench_is_settled_like_any_other(stage: Stage, pems: Pems) -> None:
    here = stage.town()
    told = world(pems)["wechat_pay"]
    key = serialization.load_pem_private_key(pems.wechat.encode(), None)
    cipher = AESGCM(told["apiv3_key"].encode())
    platform = settle.Platform(told["mchid"], "wxoa", told["public_key_id"], key, cipher)
    order, *_ = settle.orders(here.db, platform, 3)
    head, _, body = platform.notice(order, Line.total).partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:])
    notice = here.wallets["wechat"].read_notice(lines, body)
    assert bills.settle(here.db, notice).result == "settled"
