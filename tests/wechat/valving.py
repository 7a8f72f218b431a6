"""Asking an endpoint behind its valve, and what alarm is heard of it."""

import pytest

from app.wechat.verdicts import Refused
from base import alarms

SEND = "/cgi-bin/message/template/send"
USER = "/cgi-bin/user/info"
TOKEN = "/cgi-bin/stable_token"


def ask(line, path=SEND, error=Refused):
    """Ask, and be refused."""
    with pytest.raises(error) as refused:
        line.call(path, {"template_id": "T1"})
    return refused.value


def standing(db):
    return {alarm["kind"]: alarm for alarm in alarms.standing(db)}
