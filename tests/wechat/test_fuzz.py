"""Any value in any field of any message or event is answered or refused, and never obeyed."""

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.wechat import body, frame
from base import clock

from .test_pushes import KEY, TOKEN, knock

COMMON = {"ToUserName": "gh_1", "FromUserName": "fuzz", "MsgId": "7"}
KINDS = {
    "text": {"Content": "护照", "bizmsgmenuid": "1"},
    "image": {"PicUrl": "http://x", "MediaId": "m"},
    "voice": {"MediaId": "m", "Format": "amr", "Recognition": "护照"},
    "video": {"MediaId": "m", "ThumbMediaId": "t"},
    "shortvideo": {"MediaId": "m", "ThumbMediaId": "t"},
    "location": {"Location_X": "31.1", "Location_Y": "119.2", "Scale": "16", "Label": "村口"},
    "link": {"Title": "题", "Description": "话", "Url": "http://x"},
    "miniprogrampage": {"Title": "题", "AppId": "wx1", "PagePath": "p", "ThumbUrl": "u"},
}
EVENTS = {
    "subscribe": {"EventKey": "qrscene_hall-1", "Ticket": "t"},
    "unsubscribe": {"EventKey": ""},
    "SCAN": {"EventKey": "hall-1", "Ticket": "t"},
    "LOCATION": {"Latitude": "31.1", "Longitude": "119.2", "Precision": "9"},
    "CLICK": {"EventKey": "my_cases"},
    "VIEW": {"EventKey": "http://x", "MenuId": "1"},
    "scancode_waitmsg": {"EventKey": "scan", "ScanCodeInfo": {"ScanType": "q", "ScanResult": "1"}},
    "location_select": {"SendLocationInfo": {"Location_X": "31", "Location_Y": "119"}},
    "TEMPLATESENDJOBFINISH": {"MsgID": "1", "Status": "failed:user block"},
    "subscribe_msg_popup_event": {"List": [{"TemplateId": "t", "SubscribeStatusString": "accept"}]},
    "subscribe_msg_change_event": {
        "List": [{"TemplateId": "t", "SubscribeStatusString": "reject"}]
    },
    "subscribe_msg_sent_event": {"List": [{"TemplateId": "t", "MsgID": "1", "ErrorCode": "0"}]},
    "user_enter_tempsession": {"SessionFrom": "s"},
    "wxa_media_check": {"trace_id": "t", "result": {"suggest": "pass"}, "detail": [{"errcode": 0}]},
    "user_info_modified": {"OpenID": "o", "AppID": "wx", "RevokeInfo": "205"},
    "user_authorization_revoke": {"OpenID": "o", "AppID": "wx", "RevokeInfo": "8"},
    "user_authorization_cancellation": {"OpenID": "o", "AppID": "wx"},
    "verify_expired": {"ExpiredTime": "1767225600"},
    "debug_demo": {"debug_str": "hello"},
    "what_nobody_knows": {"Whatever": "1"},
}
SAMPLES = [COMMON | {"MsgType": kind} | more for kind, more in KINDS.items()] + [
    COMMON | {"MsgType": "event", "Event": name} | more for name, more in EVENTS.items()
]
NASTY = ["]]>", "]]><MsgType>image</MsgType><![CDATA[", "&lt;x&gt;", "投诉", "$where", "a.b", "\0"]
VALUES = st.text(max_size=60) | st.sampled_from(NASTY) | st.integers().map(str)
PLACES = st.sampled_from([(n, name) for n, each in enumerate(SAMPLES) for name in each])
RESTS = {"CreateTime", "MsgType", "ToUserName", "FromUserName", "Content"}
SHOWN = {"ArticleCount", "Articles", "Image", "MediaId"}
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def test_every_kind_and_event_has_an_answer(app):
    for n, sample in enumerate(SAMPLES):
        fields = sample | {"MsgId": str(n), "CreateTime": int(clock.now().timestamp())}
        assert knock(app, fields).status_code == 200, sample


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(PLACES, VALUES, st.sampled_from(["oa", "mp"]))
def test_any_value_in_any_field_is_answered_and_never_obeyed(app, place, value, account):
    sample, name = SAMPLES[place[0]], place[1]
    fields = sample | {"CreateTime": int(clock.now().timestamp())} | {name: value}
    response = knock(app, fields, account=account)

    assert response.status_code in (200, 400), response.text
    if response.status_code == 200 and response.data != b"success" and account == "oa":
        outer = body.parse(response.data, "xml")
        told = body.parse(frame.decipher(outer["Encrypt"], KEY, "wxoa"), "xml")
        assert outer.keys() == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
        assert told.keys() <= RESTS | SHOWN
        assert told["MsgType"] in ("text", "news", "transfer_customer_service")


FORGED = st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "Encrypt"])


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(FORGED, st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: base64.b64encode(raw)))
def test_whatever_is_forged_in_an_envelope_leaves_no_trace(app, db, place, value):
    said = value.decode() if isinstance(value, bytes) else value
    stamp = str(int(clock.now().timestamp()))
    encrypted = frame.encipher("<xml></xml>", KEY, "wxoa")
    query = {"timestamp": stamp, "nonce": "n", "signature": frame.sign(TOKEN, stamp, "n")}
    query["msg_signature"] = frame.sign(TOKEN, stamp, "n", encrypted)
    told = {"Encrypt": encrypted, "ToUserName": "gh_1"}
    (told if place == "Encrypt" else query)[place] = said
    raw = body.write(told, "xml").encode()

    response = app.test_client().post("/wechat/oa", query_string=query, data=raw)
    assert response.status_code in (400, 403)
    assert db.pushes.count_documents({}) == 0


BOMB = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><MsgType>{}</MsgType></xml>'


@pytest.mark.parametrize(
    "raw",
    [
        BOMB.format("&b;"),
        '<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><a>1</a></xml>',
        "<xml><a>&other;</a></xml>",
        "<xml>" + "<a>" * 100 + "</a>" * 100 + "</xml>",
        "<a>1</a>",
        "<xml>text</xml>",
        "<xml><a></xml>",
    ],
)
def test_declarations_entities_and_towers_are_refused(raw):
    with pytest.raises(body.BadBody):
        body.parse(raw.encode(), "xml")
