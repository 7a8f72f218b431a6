"""Whatever bytes come, the envelope gives a message or a problem and nothing else."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wechat import body, envelope, frame
from app.wechat.envelope import Channel, Query
from base.errors import Problem
from handlers.exchange import Message

from .test_envelope import APPID, AT, GENUINE, KEY, OFFICIAL, TOKEN, plainly


@given(st.binary(max_size=400), st.sampled_from(["xml", "json"]))
def test_any_bytes_are_a_message_or_a_problem(raw, form):
    channel = Channel("mp", APPID, TOKEN, KEY, mode="plain", format=form)
    query = Query(frame.sign(TOKEN, GENUINE.timestamp, "1"), "", GENUINE.timestamp, "1")
    with contextlib.suppress(envelope.UnreadablePush, envelope.WrongMode):
        assert isinstance(envelope.read(channel, query, raw, AT), Message)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    st.sampled_from(["MsgType", "FromUserName", "CreateTime", "List", "EventKey", "Encrypt", " "]),
)
def test_any_value_in_any_field_is_a_message_or_a_problem(value, name):
    fields = {"MsgType": "event", "FromUserName": "o", "CreateTime": 1767225600, name: value}
    channel = Channel("mp", APPID, TOKEN, KEY, mode="plain", format="json")
    with contextlib.suppress(envelope.UnreadablePush, envelope.WrongMode):
        assert isinstance(plainly(json.dumps(fields), channel), Message)


@given(st.text(), st.text(), st.text(max_size=40), st.text(max_size=12), st.text(max_size=8))
def test_any_query_and_any_cipher_text_is_refused(encrypted, signature, stamp, nonce, extra):
    raw = json.dumps({"Encrypt": encrypted + extra}).encode()
    with pytest.raises(Problem):
        envelope.read(OFFICIAL, Query(signature, signature, stamp, nonce), raw, AT)


@given(st.text())
def test_any_words_survive_the_trip_in_cdata(words):
    kept = body._NOT_XML.sub("", words).replace("\r\n", "\n").replace("\r", "\n")
    read = body.parse(body.write({"a": words}, "xml").encode(), "xml")["a"]
    assert read == kept.strip()
