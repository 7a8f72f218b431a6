"""The simulated world itself: people, clock, faults, log, and what a restart keeps."""

import sqlite3
import threading
import time

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from simulator import keep, people
from simulator.app import application
from simulator.clock import Clock, Timetable
from simulator.wire import KEPT_LINES, Wire, readable
from simulator.world import World
from tests.journey.platform import eventually
from tests.simulator.phone.standin import config, served


@pytest.fixture
def world():
    world = World(config())
    yield world
    world.close()


@pytest.fixture
def ask(world):
    with served(application(world)) as url:

        def ask(method, path, told=None, **query):
            return requests.request(method, url + path, json=told, params=query, timeout=60)

        yield ask


@given(st.integers(0, 10**17 - 1))
def test_a_check_digit_makes_the_sum_one(number):
    body = f"{number:017}"
    digits = [10 if one == "X" else int(one) for one in body + people.check_digit(body)]
    weights = [pow(2, 17 - place, 11) for place in range(18)]
    assert sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 1


def test_the_published_number_has_its_check_digit():
    assert people.check_digit("11010519491231002") == "X"


def test_invented_people_are_believable(ask):
    for _ in range(20):
        person = ask("POST", "/control/v1/people").json()
        assert person["id_number"][:6] in ("341821", "342522")
        assert people.check_digit(person["id_number"][:17]) == person["id_number"][17]
        assert len(person["phone"]) == 11
        assert (len(person["oa_openid"]), len(person["mp_openid"])) == (28, 28)


def test_a_person_can_be_told_and_changed(ask):
    told = {"name": "王秀英", "phone": "13800000001", "unionid": None}
    person = ask("POST", "/control/v1/people", told).json()
    assert (person["name"], person["phone"], person["unionid"]) == ("王秀英", "13800000001", None)
    path = f"/control/v1/people/{person['id']}"
    ask("PATCH", path, {"unionid": "o_union", "id_number": "1"})
    assert ask("GET", path).json()["unionid"] == "o_union"
    assert ask("GET", path).json()["id_number"] == person["id_number"]
    assert [one["id"] for one in ask("GET", "/control/v1/people").json()["people"]] == [
        person["id"]
    ]
    assert ask("GET", "/control/v1/people/p_nobody").status_code == 404


def test_the_chat_counts_what_is_unread(world, ask):
    person = world.invent({})
    world.say(person, side="resident", account="oa", kind="text", text="你好")
    world.say(person, side="account", account="oa", kind="text", text="您好")
    path = f"/control/v1/people/{person.id}/chat"
    told = ask("GET", path, since=1).json()
    assert ([line["n"] for line in told["lines"]], told["unread"]) == ([2], 1)
    assert ask("GET", path, seen=1).json()["unread"] == 0


def test_the_clock_goes_where_it_is_put(ask):
    ask("POST", "/control/v1/clock", {"offset_seconds": 3600})
    told = ask("POST", "/control/v1/clock", {"advance_seconds": 60}).json()
    assert told["offset_seconds"] == 3660
    assert 3650 < told["seconds"] - time.time() < 3670
    assert ask("GET", "/control/v1/clock").json()["now"].endswith("+00:00")


def test_what_is_planned_happens_when_the_clock_gets_there():
    clock, done = Clock(), []
    timetable = Timetable(clock)
    timetable.after(7200, done.append, "late")
    timetable.after(3600, done.append, "early")
    timetable.after(0, done.append, "now")
    clock.set(5400)
    patience = time.monotonic() + 60
    while len(done) < 2 and time.monotonic() < patience:
        time.sleep(0.01)
    timetable.close()
    assert sorted(done) == ["early", "now"]


def test_while_it_is_still_what_had_begun_has_ended_and_nothing_begins():
    timetable, begun, done = Timetable(Clock()), threading.Event(), []

    def slow():
        begun.set()
        time.sleep(0.2)
        done.append("slow")

    timetable.after(0, slow)
    assert begun.wait(60)
    with timetable.still():
        timetable.after(0, done.append, "next")
        assert done == ["slow"]
    eventually(lambda: done == ["slow", "next"])
    timetable.close()


def order(ask, **fault):
    assert ask("POST", "/control/v1/faults", {"endpoint": "/cgi-bin/*"} | fault).status_code == 201


def test_a_fault_strikes_as_often_as_ordered(ask):
    order(ask, kind="errcode", errcode=45009, times=2)
    told = [ask("GET", "/cgi-bin/token").json()["errcode"] for _ in range(3)]
    assert told == [45009, 45009, 40002]


def test_a_fault_may_be_html_or_slow_or_cancelled(ask):
    order(ask, kind="status")
    assert ask("GET", "/cgi-bin/token").status_code == 502
    order(ask, kind="status", status=200, body="<html>")
    assert ask("GET", "/cgi-bin/token").text == "<html>"
    order(ask, kind="latency", seconds=0.3)
    assert ask("GET", "/cgi-bin/token").elapsed.total_seconds() > 0.3
    order(ask, kind="status")
    assert len(ask("GET", "/control/v1/faults").json()["faults"]) == 1
    ask("DELETE", "/control/v1/faults")
    assert ask("GET", "/cgi-bin/token").status_code == 200
    assert ask("POST", "/control/v1/faults", {}).json()["key"] == "endpoint"


@pytest.mark.parametrize(("kind", "done"), [("reset", False), ("reset_after", True)])
def test_an_answer_can_get_lost_before_or_after_the_deed(world, ask, kind, done):
    order(ask, kind=kind)
    account = config()["oa"]
    asked = {"grant_type": "client_credential", "appid": account["appid"], "secret": "s"}
    with pytest.raises(requests.ConnectionError):
        ask("POST", "/cgi-bin/stable_token", asked)
    assert bool(world.part("wechat.tokens")) is done
    [line] = ask("GET", "/control/v1/log").json()["lines"]
    assert (line["status"], line["note"]) == (None, f"fault: {kind}")


def test_a_refusal_may_come_after_the_deed(world, ask):
    order(ask, kind="errcode_after", errcode=-1)
    account = config()["oa"]
    asked = {"grant_type": "client_credential", "appid": account["appid"], "secret": "s"}
    assert ask("POST", "/cgi-bin/stable_token", asked).json()["errcode"] == -1
    assert world.part("wechat.tokens")


def test_reset_forgets_everything(world, ask):
    world.invent({})
    world.part("anything")["x"] = 1
    ask("POST", "/control/v1/clock", {"offset_seconds": 9})
    order(ask, kind="status")
    ask("POST", "/control/v1/reset")
    assert (world.people, world.part("anything"), world.clock.offset) == ({}, {}, 0)
    assert ask("GET", "/cgi-bin/token").status_code == 200
    assert ask("GET", "/control/v1/health").json()["accounts"]["oa"]["appid"] == "wx_oa"


def test_a_restart_keeps_people_chat_parts_and_clock(tmp_path):
    first = World(config(state_dir=str(tmp_path)))
    person = first.invent({"name": "李建国"})
    first.say(person, side="account", account="oa", kind="text", text="您好")
    orders = {"a": {"fen": 1}, "b": {"fen": 2}}
    first.part("wallet").update({"paid": [1], "orders": orders, "x": 1})
    first.changed("wallet")
    first.clock.set(60.0)
    first.save()
    del first.part("wallet")["orders"]["a"], first.part("wallet")["x"]
    first.part("wallet")["orders"]["c"] = {"fen": 3}
    for path in (("orders", "a"), ("orders", "c"), ("x",), ("never",)):
        first.changed("wallet", *path)
    first.close()
    second = World(config(state_dir=str(tmp_path)))
    again = second.person(person.id)
    kept = {"paid": [1], "orders": {"b": {"fen": 2}, "c": {"fen": 3}}}
    assert (again, second.part("wallet"), second.clock.offset) == (person, kept, 60.0)
    assert second.by_openid("oa", person.openids["oa"]) is again
    second.reset()
    second.close()
    third = World(config(state_dir=str(tmp_path)))
    assert (third.people, third.part("wallet"), third.clock.offset) == ({}, {}, 0)
    third.close()


def test_a_change_is_on_disk_within_a_moment(tmp_path):
    world = World(config(state_dir=str(tmp_path)))
    person = world.invent({})
    with sqlite3.connect(tmp_path / keep.FILE) as file:
        patience, kept = time.monotonic() + 60, []
        while not kept and time.monotonic() < patience:
            kept = file.execute("select id from people").fetchall()
    file.close()
    assert kept == [(person.id,)]
    world.close()


def test_a_save_writes_what_changed_and_no_more(tmp_path):
    world = World(config(state_dir=str(tmp_path)))
    people = [world.invent({}) for _ in range(50)]
    for number in range(1000):
        world.part("wallet").setdefault("orders", {})[str(number)] = {"fen": number}
    world.changed("wallet")
    world.save()
    file = sqlite3.connect(tmp_path / keep.FILE, isolation_level=None)
    file.execute("update people set told = '' ")
    file.execute("update entries set told = '' ")
    world.changed("wallet", "orders", "7")
    world.say(people[3], side="account", kind="text", text="您好")
    world.save()
    assert file.execute("select sub from entries where told <> ''").fetchall() == [("7",)]
    assert file.execute("select id from people where told <> ''").fetchall() == [(people[3].id,)]
    file.close()
    world.close()


def test_the_wire_log_is_a_ring_of_readable_lines():
    wire = Wire()
    for number in range(KEPT_LINES + 5):
        wire.record(float(number), "in", path=f"/{number}", request=b"\xff\xfe")
    lines = wire.since(0, limit=KEPT_LINES + 5)
    assert (len(lines), lines[0]["n"], lines[0]["request"]) == (KEPT_LINES, 6, "(2 bytes)")
    assert readable("x" * 5000).endswith("x…")
