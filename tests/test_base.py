"""The small things everything rests on."""

import base64
import os
import threading
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base import audit, calendar, clock, errors, money, outbound, privacy, store, texts

KEY = "old:" + base64.b64encode(bytes(32)).decode()


@given(st.text(max_size=200))
def test_what_is_sealed_opens_for_its_purpose_only(text):
    sealed = privacy.seal(text, "a")
    assert privacy.open(sealed, "a") == text
    with pytest.raises(privacy.Unsealable):
        privacy.open(sealed, "b")


@pytest.mark.parametrize("damaged", ["", "v1.x.y", "v2.test.AAAA", "v1.gone.AAAA"])
def test_a_damaged_seal_is_noticed(damaged):
    with pytest.raises(privacy.Unsealable):
        privacy.open(damaged, "a")


def test_a_new_first_key_seals_while_the_old_one_still_opens_and_digests_stay():
    held = privacy._Held.ring
    try:
        privacy.load(KEY)
        sealed, digest = privacy.seal("张三", "name"), privacy.digest("张三", "name")
        privacy.load("new:" + base64.b64encode(os.urandom(32)).decode() + "," + KEY)
        assert privacy.open(sealed, "name") == "张三"
        assert privacy.digest("张三", "name") == digest
        assert privacy.seal("x", "name").startswith("v1.new.")
    finally:
        privacy._Held.ring = held


@pytest.mark.parametrize("setting", ["", "a", "a:AAAA", "a.b:" + "A" * 44, "a:***"])
def test_keys_that_are_no_keys_are_refused(setting):
    with pytest.raises(ValueError, match="key"):
        privacy.parse(setting)


def test_sealing_without_keys_is_a_bug():
    held, privacy._Held.ring = privacy._Held.ring, None
    try:
        with pytest.raises(RuntimeError):
            privacy.seal("x", "y")
    finally:
        privacy._Held.ring = held


def test_masks_keep_what_a_person_needs_to_recognise_it():
    assert privacy.mask_name("张三丰") == "张**"
    assert privacy.mask_name("李") == "*"
    assert privacy.mask_id("11010519491231002X") == "1101************2X"
    assert privacy.mask_id("123") == "******"
    assert privacy.mask_phone("13912345678") == "139****5678"
    assert privacy.mask_phone("123") == "***"


@given(st.integers(0, 99_999_999_999))
def test_money_survives_the_trip_to_yuan_and_back(fen):
    assert money.fen(money.yuan(fen)) == fen


@pytest.mark.parametrize("text", ["", "-1", "1.234", "1e3", "１", " 1", "01", "1.", ".5"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(money.BadAmount):
        money.fen(text)


def test_a_negative_amount_is_shown_with_its_sign():
    assert money.yuan(-8005) == "-80.05"


@pytest.mark.parametrize(
    ("text", "fen"), [("-80.05", -8005), ("−80", -8000), ("－1", -100), ("0", 0), ("80", 8000)]
)
def test_what_was_counted_may_be_below_zero(text, fen):
    assert money.balance(text) == fen


@pytest.mark.parametrize("text", ["", "-", "--1", "1-", "- 1", "+1"])
def test_what_is_no_balance_is_refused(text):
    with pytest.raises(money.BadAmount):
        money.balance(text)


def test_a_missing_word_is_a_bug():
    with pytest.raises(KeyError):
        texts.say("errors.no_such_code")
    with pytest.raises(KeyError):
        texts.say("errors")


def test_every_problem_explains_itself_and_names_its_fields():
    detail = errors.Detail(field="name", code="needed", message="请填写")
    assert texts.explain(errors.Missing())
    assert str(errors.Missing()) == "missing"
    assert str(errors.Invalid([detail])) == "invalid (name: needed)"


def test_the_clock_moves_only_when_it_follows_a_store(db):
    clock.move(db, 3600)
    assert (clock.now() - datetime.now(UTC)).total_seconds() > 3500
    clock.stand_alone()
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 60


GOLDEN = [
    ("2026-02-12", 5, "2026-02-26"),
    ("2026-02-13", 1, "2026-02-14"),
    ("2026-02-13", 10, "2026-03-05"),
    ("2026-04-03", 3, "2026-04-09"),
    ("2026-04-30", 5, "2026-05-11"),
    ("2026-06-18", 2, "2026-06-23"),
    ("2026-09-18", 5, "2026-09-24"),
    ("2026-09-20", 20, "2026-10-23"),
    ("2026-09-24", 10, "2026-10-15"),
    ("2026-09-30", 3, "2026-10-10"),
    ("2026-11-21", 15, "2026-12-11"),
    ("2026-12-01", 20, "2026-12-29"),
    ("2026-12-03", 20, "2026-12-31"),
]


@pytest.mark.parametrize(("start", "days", "due"), GOLDEN)
def test_working_days_are_counted_as_the_state_council_has_it(start, days, due):
    noon = datetime.fromisoformat(f"{start}T12:00:00").replace(tzinfo=clock.SHANGHAI)
    assert calendar.due(noon, days) == calendar.Due(date.fromisoformat(due), provisional=False)


def test_a_deadline_in_an_unpublished_year_is_provisional():
    noon = datetime(2026, 12, 4, 12, tzinfo=clock.SHANGHAI)
    assert calendar.due(noon, 20) == calendar.Due(date(2027, 1, 4), provisional=True)


def test_calendar_days_are_plain():
    noon = datetime(2026, 2, 12, 12, tzinfo=clock.SHANGHAI)
    assert calendar.due_in_calendar_days(noon, 60).day == date(2026, 4, 13)


def test_days_left_count_down_through_zero():
    today = clock.today()
    assert calendar.working_days_left(today) == 0
    later = calendar.due(clock.now(), 3).day
    assert calendar.working_days_left(later) == 3
    assert calendar.working_days_left(date(2026, 1, 5)) < 0


def test_the_end_of_a_day_is_told_in_utc():
    assert calendar.end_of(date(2026, 5, 1)) == datetime(2026, 5, 1, 15, 59, 59, tzinfo=UTC)


def test_who_looked_is_written_down(db):
    audit.record(db, "operator:a", "case.read", "case:1", count=2)
    (line,) = audit.of_subject(db, "case:1")
    assert (line["actor"], line["act"], line["facts"]) == ("operator:a", "case.read", {"count": 2})


def test_an_empty_transaction_runs_on_this_store(db):
    store.nudge(db)


class Echo(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302 if self.path.startswith("/away") else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def echo():
    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_bytes_given_are_the_bytes_sent_and_no_redirect_is_followed(echo):
    line = outbound.session("echo")
    assert line.request("POST", f"{echo}/here", body="é".encode()).body == "é".encode()
    assert line.request("POST", f"{echo}/away", body=b"x").status == 302


def test_a_partner_that_is_away_is_unreachable():
    with pytest.raises(errors.Unreachable) as found:
        outbound.session("nobody").request("GET", "http://127.0.0.1:1/")
    assert found.value.retry
