"""For every effect a scene in which it is owed: what has happened, and the promise to keep.

A scene is played on a town by somebody new each time and returns (document id, data).
"""

import secrets
from dataclasses import replace

from app.wechat import body
from base import privacy
from feedback import tickets
from feedback.ratings import rate_case
from payments import attempts, bills, refunds, waivers
from people import residents
from people.residents import Account
from tests.feedback.conftest import COUNTY
from tests.wechat.test_photos import MEDIA, PNG
from tracking import cases, ledger, messages, subscriptions, templates
from tracking.ways import Way

from . import auditors, bureau, leavers, voices

SEND, SAY = "/cgi-bin/message/template/send", "/cgi-bin/message/custom/send"
FOLLOWS = {"subscribe": 1, "subscribe_time": 1767225600}
USER, SUBSCRIBED = "/cgi-bin/user/info", "/cgi-bin/message/subscribe/send"


def somebody(town, kind="oa", union=None):
    """A resident with an account, following if that is an official one, known by name."""
    account = Account(kind, f"wx{kind}", secrets.token_hex(14), union)
    found = residents.arrive(town.db, account)
    if kind == "oa":
        residents.follow(town.db, "oa", account.openid)
    town.desk.resident = replace(residents.get(town.db, found.id), level=2, name_masked="王**")
    town.openid = account.openid
    return found.id


def promised(town, case, effect):
    """The promise of this name in a case's document."""
    owed = town.desk.row(case)["outbox"].values()
    return case.number, next(each["data"] for each in owed if each["effect"] == effect)


def moved(effect, *moves, when="accept", **more):
    def scene(town):
        somebody(town)
        case = town.charged(when)
        for move in moves:
            told = more if move == moves[-1] else {}
            case = town.move(case, move, **told)
        return promised(town, case, effect)

    return scene


def supplemented(town):
    somebody(town)
    case = town.move(town.charged("accept"), "ask_supplement", **DEFECTS)
    case = town.move(case, "supplement", files={"photo": [town.desk.file()]})
    return promised(town, case, "case.supplemented")


def paid_and_closed(town):
    case = moved("case.accepted", "accept")(town)
    bill = billed(town, case[0])
    town.pay(bill, secrets.token_hex(8))
    town.effect("bill.paid", **owed(town, bill, "bill.paid"))
    for move in ("approve", "close"):
        found = town.move(cases.get(town.db, case[0]), move)
    return promised(town, found, "case.closed")


def withdrawn_with_a_bill(town):
    number, _ = moved("case.accepted", "accept")(town)
    bill = billed(town, number)
    attempts.open(town.db, town.runtime.wallets, bill.number, "alipay", None)
    return promised(town, town.move(cases.get(town.db, number), "withdraw"), "case.withdrawn")


def billed(town, number):
    town.effect("case.accepted", case=number, resident=town.desk.resident.id)
    return town.bill(cases.get(town.db, number))


def owed(town, bill, effect):
    row = town.db["bills"].find_one({"_id": bill.number})
    return next(each["data"] for each in row["outbox"].values() if each["effect"] == effect)


def bill_issued(town):
    bill = billed(town, moved("case.accepted", "accept")(town)[0])
    return bill.number, owed(town, bill, "bill.issued")


def bill_paid(town):
    bill = billed(town, moved("case.accepted", "accept")(town)[0])
    town.pay(bill, secrets.token_hex(8))
    return bill.number, owed(town, bill, "bill.paid")


def bill_paid_in_vain(town):
    found = bill_paid(town)
    town.move(cases.get(town.db, found[1]["case"]), "withdraw")
    return found


def bill_reissued(town):
    number, _ = bill_issued(town)
    bills.cancel(town.db, number, by="operator:caiwu")
    anew = bills.reissue(town.db, number, by="operator:caiwu")
    return anew.number, owed(town, anew, "bill.issued")


def bill_waived(town):
    number, _ = bill_issued(town)
    fen = bills.get(town.db, number).total
    wish = waivers.Wish(fen, "", "财税〔2016〕79号", "低保对象", "operator:qian", "k")
    asked = waivers.ask(town.db, number, wish)
    waivers.grant(town.db, number, asked.id, by="operator:sun")
    return number, owed(town, bills.get(town.db, number), "bill.reduced")


def bill_told(town):
    found = bills.cancel(town.db, bill_issued(town)[0], by="operator:sun", tell="bill_cancelled")
    return found.number, owed(town, found, "bill.told")


def bill_lapsed(town):
    return (number := bill_issued(town)[0]), {"bill": number, "stage": "lapse"}


def refund(effect):
    def scene(town):
        number, _ = bill_paid(town)
        (given,) = refunds.owe(town.db, number, "case_ended")
        if effect == "refund.told":
            town.effect("refund.go", bill=number, refund=given.number, n=0)
        return number, owed(town, bills.get(town.db, number), effect)

    return scene


def asked(state):
    def scene(town):
        bill = billed(town, moved("case.accepted", "accept")(town)[0])
        opened = attempts.open(town.db, town.runtime.wallets, bill.number, "alipay", None)
        if state == "paid":
            town.purse.pay(opened.attempt, bill.total, secrets.token_hex(8))
        if state == "cancelled":
            bills.cancel(town.db, bill.number, by="system")
        return bill.number, {"bill": bill.number, "attempt": opened.attempt, "n": 0}

    return scene


def ticket(*acts):
    def scene(town):
        id, key = somebody(town), secrets.token_hex(8)
        number = tickets.complain(town.db, resident=id, text="有坑", key=key).number
        if "answer" in acts:
            tickets.answer(town.db, number, COUNTY, "已经补好")
        if "rate" in acts:
            tickets.rate(town.db, number, id, "satisfied")
        return number, {"number": number}

    return scene


def rated(town):
    number, _ = moved("case.declined", "decline", note="材料不全")(town)
    case = cases.get(town.db, number)
    rate_case(town.db, case, case.resident, "dissatisfied")
    return number, {"of": "case", "number": number}


def message(kind):
    def scene(town):
        id, key = somebody(town, kind), secrets.token_hex(8)
        values = {"number": "202611214831075", "ticket_kind": "投诉", "day": "2026-12-01"}
        messages.tell(town.db, key=key, kind="ticket_received", resident=id, values=values)
        template = templates.kinds()["ticket_received"].template.ids["mp"]
        given = {"source": "client", "report": key}
        subscriptions.credit(town.db, town.openid, template, **given)
        return key, {}

    return scene


def reported(reason):
    def scene(town):
        key, _ = message("oa")(town)
        sent, _ = ledger.line(town.db, key)
        ledger.accepted(town.db, ledger.start(town.db, sent, Way("oa", address=key), []), key)
        return key, {"msgid": key, "reason": reason}

    return scene


def push(**more):
    def scene(town):
        somebody(town)
        fields = {"MsgType": "text", "FromUserName": town.openid, "CreateTime": "1767225600"}
        fields |= {"ToUserName": "gh_1", "Content": "投诉", "MsgId": secrets.token_hex(8)}
        row = {"_id": body.identity("wxoa", fields), "appid": "wxoa", "outbox": {}} | more
        row["body"] = privacy.seal_json(fields, "push.body")
        if "said" in more:
            row["said"] = [privacy.seal("请说", "push.reply")]
        town.db["pushes"].insert_one(row)
        return row["_id"], {}

    return scene


def photo(town):
    number, _ = ticket()(town)
    return "push", {"ticket": number, "kind": "oa", "media_id": secrets.token_hex(8)}


def follower(town):
    union = secrets.token_hex(8)
    somebody(town, "mp", union)
    somebody(town)
    town.unions[town.openid] = FOLLOWS | {"unionid": union}
    return "push", {"openid": town.openid}


def script(town, platform):
    """What the platform answers in every scene."""
    voices.script(platform)
    town.unions = {}
    platform.answers |= {
        MEDIA: PNG,
        SEND: {"errcode": 0, "msgid": 7},
        SAY: {"errcode": 0},
        SUBSCRIBED: {"errcode": 0, "msgid": 8},
        USER: lambda asked, _: town.unions.get(asked["openid"], FOLLOWS),
    }


DEFECTS = {"defects": [{"material": "photo", "words": "太暗"}]}
SCENES = (
    ("case.submitted", moved("case.submitted")),
    ("case.submitted", moved("case.submitted", when="submit")),
    ("case.supplementing", moved("case.supplementing", "ask_supplement", **DEFECTS)),
    ("case.supplemented", supplemented),
    ("case.accepted", moved("case.accepted", "accept")),
    ("case.declined", moved("case.declined", "decline", note="材料不全")),
    ("case.approved", moved("case.approved", "accept", "approve", when="decide")),
    ("case.refused", moved("case.refused", "accept", "refuse", when="decide", note="条件不符")),
    ("case.closed", paid_and_closed),
    ("case.withdrawn", moved("case.withdrawn", "withdraw")),
    ("case.withdrawn", withdrawn_with_a_bill),
    ("bill.issued", bill_issued),
    ("bill.paid", bill_paid),
    ("bill.paid", bill_paid_in_vain),
    ("bill.issued", bill_reissued),
    ("bill.reduced", bill_waived),
    ("bill.told", bill_told),
    ("bill.term", bill_lapsed),
    ("refund.go", refund("refund.go")),
    ("refund.told", refund("refund.told")),
    *(("attempt.ask", asked(state)) for state in ("open", "paid", "cancelled")),
    ("ticket.opened", ticket()),
    ("ticket.answered", ticket("answer")),
    ("ticket.answered", ticket("answer", "rate")),
    ("ticket.urgent", ticket()),
    ("ticket.rated", ticket("answer", "rate")),
    ("rating.bad", rated),
    ("message.send", message("oa")),
    ("message.send", message("mp")),
    ("message.report", reported("")),
    ("message.report", reported("user block")),
    ("push.answer", push(reply="", said="")),
    ("push.worker", push()),
    ("push.overlooked", push()),
    ("photo.fetch", photo),
    ("follower.link", follower),
    *leavers.scenes(somebody, push()),
    *voices.SCENES,
    *auditors.scenes(bill_issued),
    *bureau.scenes(bill_issued, refund("refund.told")),
)
