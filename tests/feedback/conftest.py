"""One resident, two operators and the county's discipline role, whom everybody meets here."""

import secrets

import pytest

from feedback import tickets
from people.operators import Operator

WANG, LI = "resident-wang", "resident-li"
CLERK = Operator("zhao", "赵敏", ("clerk",), "civil_affairs")
POLICE = Operator("qian", "钱勇", ("clerk",), "police")
SUPERVISOR = Operator("sun", "孙洋", ("supervisor",))
COUNTY = Operator("zhou", "周静", ("clerk", "supervisor"))


def complain(db, text="窗口没有人", **more):
    given = {"resident": WANG, "key": secrets.token_hex(8), "agency": "civil_affairs"}
    return tickets.complain(db, **given | {"text": text} | more)


@pytest.fixture
def question(db):
    return tickets.ask(
        db,
        resident=WANG,
        text="居住证几天能拿到？",
        key="tap-00001",
        category="progress",
        agency="civil_affairs",
        service="residence_permit",
    )


@pytest.fixture
def answered(db, question):
    return tickets.answer(db, question.number, CLERK, "受理后五个工作日。")
