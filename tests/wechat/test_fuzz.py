"""Any value in any field of any message or event is answered or refused, and never obeyed."""

import base64
import copy
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.wechat import body, frame
from base import clock
from handlers import table

from .test_pushes import KEY, TOKEN, knock

COMMON = {"ToUserName": "gh_1", "FromUserName": "fuzz"}
PICTURES = {
    "EventKey": "k",
    "SendPicsInfo": {"Count": "1", "PicList": {"item": {"PicMd5Sum": "m"}}},
}
CERTIFIED = {"ExpiredTime": "1767225600", "FailTime": "1767225600", "FailReason": "x"}
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
    "view_miniprogram": {"EventKey": "pages/index", "MenuId": "1"},
    "scancode_push": {"EventKey": "scan", "ScanCodeInfo": {"ScanType": "q", "ScanResult": "1"}},
    **dict.fromkeys(("pic_sysphoto", "pic_photo_or_album", "pic_weixin"), PICTURES),
    "scancode_waitmsg": {"EventKey": "scan", "ScanCodeInfo": {"ScanType": "q", "ScanResult": "1"}},
    "location_select": {"SendLocationInfo": {"Location_X": "31", "Location_Y": "119"}},
    "TEMPLATESENDJOBFINISH": {"MsgID": "1", "Status": "failed:user block"},
    "MASSSENDJOBFINISH": {"MsgID": "1", "Status": "send success", "SentCount": "9"},
    "subscribe_msg_popup_event": {
        "SubscribeMsgPopupEvent": {
            "List": {"TemplateId": "t", "SubscribeStatusString": "accept", "PopupScene": "2"}
        }
    },
    "subscribe_msg_change_event": {
        "SubscribeMsgChangeEvent": {"List": {"TemplateId": "t", "SubscribeStatusString": "reject"}}
    },
    "subscribe_msg_sent_event": {
        "SubscribeMsgSentEvent": {"List": {"TemplateId": "t", "MsgID": "1", "ErrorCode": "0"}}
    },
    "user_enter_tempsession": {"SessionFrom": "s"},
    "wxa_media_check": {
        "trace_id": "t",
        "errcode": "0",
        "result": {"suggest": "pass", "label": "100"},
        "detail": [{"errcode": 0}],
    },
    "user_info_modified": {"OpenID": "o", "AppID": "wx", "RevokeInfo": "205"},
    "user_authorization_revoke": {"OpenID": "o", "AppID": "wx", "RevokeInfo": "8"},
    "user_authorization_cancellation": {"OpenID": "o", "AppID": "wx"},
    **dict.fromkeys(
        (
            "qualification_verify_success",
            "qualification_verify_fail",
            "naming_verify_success",
            "naming_verify_fail",
            "annual_renew",
            "verify_expired",
        ),
        CERTIFIED,
    ),
    "kf_create_session": {"KfAccount": "a@b"},
    "kf_close_session": {"KfAccount": "a@b"},
    "kf_switch_session": {"FromKfAccount": "a@b", "ToKfAccount": "c@d"},
    "debug_demo": {"debug_str": "hello"},
    "what_nobody_knows": {"Whatever": "1"},
}
SAMPLES = [COMMON | {"MsgType": kind} | more for kind, more in KINDS.items()] + [
    COMMON | {"MsgType": "event", "Event": name} | more for name, more in EVENTS.items()
]
FRESH = count()
NASTY = ["]]>", "]]><MsgType>image</MsgType><![CDATA[", "&lt;x&gt;", "投诉", "$where", "a.b", "\0"]
LONG = [each * many for each in "19长" for many in (10, 11, 12, 20, 700)]
FOUND = st.text(max_size=60) | st.sampled_from(NASTY + LONG) | st.integers().map(str)
VALUES = FOUND | st.just({}) | FOUND.map(lambda each: {"item": each}) | st.lists(FOUND, max_size=2)
RESTS = {"CreateTime", "MsgType", "ToUserName", "FromUserName", "Content"}
SHOWN = {"ArticleCount", "Articles", "Image", "MediaId"}
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def fresh(sample):
    """The sample as the platform would push it now, and never before."""
    number = next(FRESH)
    known = {"Number": number} if "Event" in sample else {"MsgId": str(number)}
    return {"CreateTime": int(clock.now().timestamp())} | copy.deepcopy(sample) | known


def places(fields):
    """The way to every value of some fields, nested ones too."""
    for name, value in fields.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, *rest) for rest in places(value))


def put(fields, place, value):
    for name in place[:-1]:
        fields = fields[name]
    fields[place[-1]] = value


PLACES = st.sampled_from([(n, p) for n, each in enumerate(SAMPLES) for p in places(fresh(each))])


def test_every_event_we_know_has_a_sample():
    assert {each.lower() for each in EVENTS} > table.EVENTS.keys()


@pytest.mark.parametrize("account", ["oa", "mp"])
def test_every_kind_and_event_has_an_answer(app, db, account):
    for sample in SAMPLES:
        assert knock(app, fresh(sample), account=account).status_code == 200, sample
        assert db.pushes.find_one({"reply": {"$exists": False}}) is None, sample

    read = sum(len(each.get("lately", ())) for each in db.dialogues.find())
    assert db.pushes.count_documents({}) + read == len(SAMPLES)


@pytest.mark.parametrize("created", ["99999999999", "999999999999", "-1", "", "一"])
def test_a_push_from_another_age_is_refused(app, db, created):
    sample = fresh(COMMON | {"MsgType": "event", "Event": "subscribe"}) | {"CreateTime": created}

    assert knock(app, sample).status_code == 400
    assert db.pushes.count_documents({}) == 0


@pytest.mark.parametrize("label", ["9" * 20, "²", "-1", ""])
def test_a_label_of_no_use_is_no_label(app, db, label):
    sample = copy.deepcopy(EVENTS["wxa_media_check"]) | {"MsgType": "event"}
    sample["result"]["label"] = label
    knock(app, fresh(COMMON | {"Event": "wxa_media_check"} | sample), account="mp")

    (row,) = db.pushes.find({})
    assert [each["data"]["label"] for each in row["outbox"].values()] == [0]


@settings(max_examples=250, deadline=None, suppress_health_check=SLOW)
@given(PLACES, VALUES, st.sampled_from(["oa", "mp"]))
def test_any_value_in_any_field_is_answered_and_never_obeyed(app, db, place, value, account):
    fields = fresh(SAMPLES[place[0]])
    put(fields, place[1], value)
    response = knock(app, fields, account=account)

    assert response.status_code in (200, 400), response.text
    assert db.pushes.find_one({"reply": {"$exists": False}}) is None, "an answer failed"
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
