"""Scenes of talks with a human, of printed codes and of content checks; see scenes.py."""

import secrets

from app.wechat import trail
from base import files, privacy
from feedback import checking, publishing, talks, tickets
from people import operators, residents, scenes
from people.residents import Account
from tests.feedback.conftest import COUNTY
from tests.wechat.test_photos import PNG

TEXT, PICTURE = "/wxa/msg_sec_check", "/wxa/media_check_async"
QR = "/cgi-bin/qrcode/create"
ZHAO = operators.Operator("zhao", "赵敏", ("clerk",))


def script(platform):
    """What the platform answers in these scenes."""
    platform.answers |= {
        TEXT: {"errcode": 0, "result": {"suggest": "pass", "label": 100}},
        PICTURE: {"errcode": 0, "trace_id": "trace"},
        QR: {"ticket": "t", "url": "http://weixin.qq.com/q/1"},
    }


def someone(town, kind="oa"):
    """A new account, and the resident it belongs to."""
    account = Account(kind, f"wx{kind}", secrets.token_hex(14))
    found = residents.arrive(town.db, account)
    if kind == "oa":
        residents.follow(town.db, "oa", account.openid)
    return account, found.id


def opened(town):
    account, id = someone(town)
    key = secrets.token_hex(32)
    told = {"doing": None}
    return account, talks.open(town.db, account, id, key, told), key


def story(town):
    account, talk, key = opened(town)
    row = {"_id": key, "appid": "wxoa", "at": talk.opened, "outbox": {}}
    row["who"] = trail.store.who("oa", account.openid)
    row["body"] = privacy.seal_json({"Content": "社保卡"}, "push.body")
    row["reply"] = privacy.seal("<xml><Content>【社保卡】</Content></xml>", "push.reply")
    town.db["pushes"].insert_one(row)
    return talk.id, {"key": key}


def reply(words="您好"):
    def scene(town):
        _, talk, _ = opened(town)
        talks.reply(town.db, talk.id, ZHAO, "r1", words)
        (line,) = talks.read(town.db, talk.id, ZHAO, "")[0]
        return talk.id, {"line": line.id}

    return scene


def photo(town):
    account, talk, _ = opened(town)
    key = secrets.token_hex(32)
    talks.hear(town.db, account.key, key, "（照片）")
    return "push", {"talk": talk.id, "key": key, "media_id": secrets.token_hex(8)}


def unfinished(town):
    account, _ = someone(town)
    return "push", {"kind": "oa", "openid": account.openid, "key": "k"}


def code(town):
    return scenes.put(town.db, scenes.COUNTER, "hall", "政务服务中心").key, {}


def letter(town, kind="mp", enclosed=()):
    _, id = someone(town, kind)
    given = {"resident": id, "text": "几天？", "key": secrets.token_hex(8)}
    return tickets.ask(town.db, **given, files=[each(town, id) for each in enclosed]).number


def picture(town, owner):
    return files.put(town.db, owner, "photo", PNG).id


def checked(kind, *enclosed):
    return lambda town: (letter(town, kind, enclosed), {})


def awaited(town):
    number, slot = letter(town), secrets.token_hex(16)
    checking.begin(town.db, number, slot, "trace")
    tickets.answer(town.db, number, COUNTY, "五天。")
    checking.judge(town.db, number, checking.TEXT, checking.GOOD, 100)
    return number, slot


def proposed(kind):
    """A public answer whose words wait for their verdicts."""

    def scene(town):
        number = letter(town, kind)
        tickets.answer(town.db, number, COUNTY, "五天。")
        checking.judge(town.db, number, checking.TEXT, checking.GOOD, 100)
        publishing.propose(town.db, number, COUNTY, "要等多久？", "五天。")
        return number, {}

    return scene


def late(town):
    number, slot = awaited(town)
    return number, {"slot": slot}


def verdict(town):
    awaited(town)
    return "push", {"trace": "trace", "suggest": "pass", "label": 100, "why": ""}


SCENES = (
    ("talk.story", story),
    ("talk.reply", reply()),
    ("talk.photo", photo),
    ("complaint.remind", unfinished),
    ("scene.make", code),
    ("content.check", checked("mp")),
    ("content.check", checked("oa")),
    ("content.check", checked("mp", picture)),
    ("content.check", proposed("mp")),
    ("content.check", proposed("oa")),
    ("content.late", late),
    ("content.verdict", verdict),
)
