"""The story says by which consent each send was made."""

import pytest

from app import sending
from base.errors import Unreachable
from tracking import messages, subscriptions, templates

from .telling import KINDS, MORE, SUBSCRIBE, TEMPLATE, alice, progress, tell, told, twin

__all__ = ["alice", "twin"]

RATING = templates.templates()["rating"].ids["mp"]


def consents(db, key="k1"):
    """What each line says of a consent, by outcome and channel."""
    lines = told(db, key).row["history"]
    return [(each["outcome"], each["channel"], each.get("credit")) for each in lines]


def test_a_lasting_consent_is_named_where_the_send_is_opened(runtime, platform, db, twin):
    platform.answers[SUBSCRIBE] = {"errcode": 0}
    sending.deliver(runtime, tell(db, twin))
    assert consents(db) == [("opened", "mp", "lasting"), ("sent", "mp", None)]


def test_a_consent_for_one_message_is_named_at_every_opening(runtime, platform, db, twin):
    platform.answers[SUBSCRIBE] = {"errcode": 45009}
    subscriptions.credit(db, "m-alice", RATING, source="popup", report="r2")
    values = KINDS | MORE
    messages.tell(db, key="k1", kind="case_closed", resident=twin.id, values=values)
    with pytest.raises(Unreachable):
        sending.deliver(runtime, "k1")
    assert consents(db)[0] == ("opened", "mp", "once")
    assert subscriptions.left(db, "m-alice", RATING) == 0


def test_a_template_message_needs_no_consent(runtime, platform, db, twin):
    platform.answers[TEMPLATE] = {"errcode": 0, "msgid": 77}
    subscriptions.empty(db, "m-alice", progress("mp"))
    sending.deliver(runtime, tell(db, twin))
    assert consents(db)[1:] == [("opened", "oa", "none"), ("sent", "oa", None)]
