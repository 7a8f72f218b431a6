"""What is answered while WeChat waits calls nobody."""

import socket

import pytest

from handlers import table
from handlers.exchange import Reply

POINT = {"Location_X": "31.1", "Location_Y": "119.2", "Label": "建平镇"}
ENTRY = {"TemplateId": "t", "SubscribeStatusString": "accept", "MsgID": "9", "ErrorCode": "0"}
FIELDS = POINT | {
    "MediaId": "m",
    "Latitude": "31.1",
    "Longitude": "119.2",
    "SendLocationInfo": POINT,
    "ScanCodeInfo": {"ScanResult": "https://x/h5/cases/202611214831075"},
    "List": [ENTRY],
    "OpenID": "alice",
    "RevokeInfo": "8,13",
    "ExpiredTime": "1795000001",
    "Status": "success",
    "MsgID": "9",
    "trace_id": "t",
    "result": {"suggest": "pass", "label": "100"},
}
PUSHES = [
    *[("event", {"Event": "CLICK", "EventKey": name}) for name in table.WORDS],
    *[(kind, {}) for kind in table.KINDS],
    *[("event", {"Event": name, "EventKey": "qrscene_x"}) for name in table.EVENTS],
    *[("text", {"words": words}) for words in ("孩子落户", "社保卡去哪办", "202611214831075", " ")],
    ("hologram", {}),
]


@pytest.mark.parametrize(("kind", "fields"), PUSHES)
def test_whatever_is_answered_in_the_request_calls_nobody_but_the_store(
    county, write, kind, fields
):
    for first in ("帮助", "投诉", "附近", "人工"):
        write(first, openid=first)
        assert isinstance(write(**FIELDS | fields, MsgType=kind, openid=first), Reply)


def test_every_row_of_ours_says_that_it_is_answered_in_the_request():
    rows = [*table.WORDS.values(), *table.KINDS.values(), *table.EVENTS.values(), table.UNKNOWN]

    assert {each.where for each in rows} == {"request"}


def test_who_calls_anybody_else_is_caught(alone):
    with socket.socket() as mine, pytest.raises(AssertionError, match="calls"):
        mine.connect(("127.0.0.1", 9))
