"""A question or complaint is taken once, seen by those it concerns, answered and rated."""

import secrets
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from base import audit, calendar, clock, files, numbers
from feedback import enclosing, grades, rules, store, tickets
from people.operators import NotAllowed, Operator
from tests.people.threads import at_once

from .conftest import CLERK, COUNTY, LI, POLICE, SUPERVISOR, WANG, complain


def promises(db, number):
    row = store.tickets(db).find_one({"_id": number})
    owed = [each["effect"] for each in row["outbox"].values()]
    return [each for each in owed if each != "content.check"]


def drawn():
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


PNG = drawn()


def picture(db, owner=WANG):
    return files.put(db, owner, "坑.png", PNG)


def test_a_question_gets_a_number_a_deadline_and_a_promise(db, question):
    assert numbers.tidy(question.spoken) == question.number
    assert (question.state, question.state_name, question.kind_name) == ("open", "等待答复", "咨询")
    assert question.category_name == "办理进度"
    assert question.due_day == calendar.due(clock.now(), 3).day
    assert promises(db, question.number) == ["ticket.opened"]


def test_nothing_written_lies_open_in_the_store(db, question):
    number = complain(db, place={"latitude": 31.1, "longitude": 119.2, "label": "十字镇"}).number
    tickets.answer(db, number, CLERK, "已经整改")
    tickets.rate(db, number, WANG, "satisfied", words="谢谢")
    text = repr(list(store.tickets(db).find()))
    for secret in ("居住证", "窗口没有人", "十字镇", "119.2", "整改", "谢谢"):
        assert secret not in text


def test_a_double_tap_is_one_ticket(db):
    key = secrets.token_hex(8)
    came = at_once(*[lambda: complain(db, key=key)] * 6)
    assert len({each.number for each in came}) == 1
    assert len(tickets.of(db, WANG)) == 1


def test_the_same_key_of_another_resident_is_another_ticket(db):
    assert complain(db, key="12345678") != complain(db, key="12345678", resident=LI)


def test_every_fault_is_named_at_once(db):
    with pytest.raises(tickets.TicketInvalid) as refused:
        tickets.ask(
            db,
            resident=WANG,
            text=" \u200b ",
            key="x",
            category="conduct",
            files=["f"] * 10,
            place={"latitude": 91, "longitude": 0, "label": ""},
        )
    fields = [each["field"] for each in refused.value.details]
    assert fields == ["text", "files", "category", "key", "place"]
    assert all(each["message"] for each in refused.value.details)
    assert store.tickets(db).find_one() is None


def test_too_long_a_text_is_refused(db):
    with pytest.raises(tickets.TicketInvalid):
        complain(db, "长" * 2001)


def test_pictures_hang_on_the_ticket(db):
    file = picture(db)
    number = complain(db, files=[file.id, file.id]).number
    assert tickets.get(db, number).files == (file.id,)
    assert files.get(db, file.id).attached.startswith("ticket:")
    with pytest.raises(files.FileTaken):
        complain(db, files=[file.id])


def test_another_residents_picture_makes_no_ticket(db):
    with pytest.raises(files.NoSuchFile):
        complain(db, files=[picture(db, LI).id])
    assert store.tickets(db).find_one() is None


def test_an_emergency_is_due_today_and_alarms(db):
    ticket = complain(db, "隔壁着 火了！")
    assert (ticket.urgent, ticket.alarms, ticket.due_day) == (True, ("fire",), clock.today())
    assert promises(db, ticket.number) == ["ticket.opened", "ticket.urgent"]


def test_service_conduct_has_a_deadline_of_its_own(db):
    assert complain(db, category="conduct").due_day == calendar.due(clock.now(), 15).day


@pytest.mark.parametrize("more", [{"text": "科长收红包"}, {"category": "integrity"}])
def test_integrity_matters_are_seen_by_the_discipline_role_alone(db, more):
    number = complain(db, **more).number
    assert tickets.seen(db, number, SUPERVISOR).route == "integrity"
    at_agency = Operator("wu", "吴", ("supervisor",), "civil_affairs")
    for operator in (CLERK, POLICE, at_agency):
        assert tickets.desk(db, operator) == []
        with pytest.raises(tickets.NoSuchTicket):
            tickets.answer(db, number, operator, "没有的事")
    assert [each.number for each in tickets.desk(db, SUPERVISOR)] == [number]
    assert tickets.answer(db, number, SUPERVISOR, "已转纪检监察机关。").state == "answered"


def test_an_agency_sees_its_own_tickets_and_the_county_sees_all(db, question):
    assert tickets.seen(db, question.number, CLERK).number == question.number
    assert [each.number for each in tickets.desk(db, COUNTY)] == [question.number]
    assert tickets.desk(db, POLICE) == []
    with pytest.raises(tickets.NoSuchTicket):
        tickets.seen(db, question.number, POLICE)


def test_the_desk_shows_the_nearest_deadline_first(db):
    slow, fast = complain(db, category="conduct"), complain(db, "有人打人了")
    assert [each.number for each in tickets.desk(db, CLERK)] == [fast.number, slow.number]
    tickets.answer(db, fast.number, CLERK, "已处理")
    assert [each.number for each in tickets.desk(db, CLERK, "answered")] == [fast.number]


def test_without_the_right_nothing_is_listed(db, question):
    assert tickets.desk(db, Operator("feng", "冯", ("finance",))) == []


def test_a_ticket_is_answered_once(db, answered):
    assert (answered.state, answered.answered_by) == ("answered", CLERK.actor)
    assert promises(db, answered.number) == ["ticket.opened", "ticket.answered"]
    with pytest.raises(tickets.WrongTicketState):
        tickets.answer(db, answered.number, CLERK, "再答一次")


def test_of_many_answers_at_once_one_counts(db, question):
    came = at_once(*[lambda: tickets.answer(db, question.number, CLERK, "五天。")] * 5)
    assert sum(isinstance(each, tickets.Ticket) for each in came) == 1
    losers = (tickets.TicketChanged, tickets.WrongTicketState)
    assert sum(isinstance(each, losers) for each in came) == 4


def test_who_may_only_look_does_not_answer(db, question):
    with pytest.raises(NotAllowed):
        tickets.answer(db, question.number, SUPERVISOR, "五天。")
    with pytest.raises(tickets.TicketInvalid):
        tickets.answer(db, question.number, CLERK, "")


def test_a_ticket_is_passed_on_with_its_deadline(db, question):
    moved = tickets.transfer(db, question.number, SUPERVISOR, "police", "属公安职责")
    assert (moved.agency, moved.due_day, moved.state) == ("police", question.due_day, "open")
    assert tickets.read(db, moved.number, POLICE.actor, "desk").notes == ("属公安职责",)
    with pytest.raises(NotAllowed):
        tickets.transfer(db, question.number, POLICE, "civil_affairs")


def test_a_resident_rates_the_answer_once(db, answered):
    rated = tickets.rate(db, answered.number, WANG, "very_satisfied", ["fast"], "很快")
    assert (rated.state, rated.grade) == ("done", "very_satisfied")
    assert promises(db, rated.number)[2:] == ["ticket.rated"]
    with pytest.raises(tickets.WrongTicketState):
        tickets.rate(db, answered.number, WANG, "satisfied")


def test_a_bad_grade_promises_that_somebody_looks(db, answered):
    tickets.rate(db, answered.number, WANG, "dissatisfied")
    assert promises(db, answered.number)[2:] == ["ticket.rated", "rating.bad"]


def test_rating_needs_an_answer_a_grade_and_the_one_who_asked(db, question):
    with pytest.raises(tickets.WrongTicketState):
        tickets.rate(db, question.number, WANG, "satisfied")
    with pytest.raises(grades.RatingInvalid):
        tickets.rate(db, question.number, WANG, "great")
    with pytest.raises(tickets.NoSuchTicket):
        tickets.rate(db, question.number, LI, "satisfied")


def test_only_others_looks_are_recorded(db, answered):
    own = tickets.read(db, answered.number, f"resident:{WANG}", "own")
    assert (own.text, own.answer, own.place) == ("居住证几天能拿到？", "受理后五个工作日。", None)
    assert audit.of_subject(db, f"ticket:{answered.number}") == []
    tickets.read(db, answered.number, CLERK.actor, "answer")
    assert audit.of_subject(db, f"ticket:{answered.number}")[0]["actor"] == CLERK.actor


def test_another_residents_ticket_does_not_exist(db, question):
    assert tickets.owned(db, question.number, WANG).number == question.number
    for number, resident in ((question.number, LI), ("20260101000000", WANG)):
        with pytest.raises(tickets.NoSuchTicket):
            tickets.owned(db, number, resident)


def test_tickets_follow_a_merged_resident(db, question):
    for _ in range(2):
        tickets.rehome(db, WANG, LI)
    assert [each.number for each in tickets.of(db, LI)] == [question.number]


def test_old_tickets_leave_the_desk(db, answered):
    clock.move(db, timedelta(days=100).total_seconds())
    assert tickets.desk(db, CLERK, "answered") == []


def test_a_ticket_holds_the_files_it_names_and_no_others(db):
    named, stray = picture(db).id, picture(db).id
    key = "tap-00001"
    complain(db, key=key, files=[named])
    submission = store.tickets(db).find_one({})["submission"]
    assert tickets.holds(db, submission, named)
    assert not tickets.holds(db, submission, stray)
    assert not tickets.holds(db, "a submission that never became a ticket", stray)


def test_a_photo_that_follows_its_ticket_is_to_be_checked(db):
    number = complain(db).number
    store.tickets(db).update_one({"_id": number}, {"$set": {"outbox": {}}})
    for _ in range(2):
        assert enclosing.enclose(db, number, "photo-1", "photo", PNG)
    (owed,) = store.tickets(db).find_one({"_id": number})["outbox"].values()
    assert owed["effect"] == "content.check"


def test_photos_that_come_all_at_once_are_each_there_once_and_never_too_many(db):
    most, number = rules.limits().files_most, complain(db).number
    keys = [f"photo-{n % (most + 2)}" for n in range(2 * most)]
    at_once(*[lambda k=each: enclosing.enclose(db, number, k, "photo", PNG) for each in keys])
    assert len(tickets.get(db, number).files) == most
    hanging = files.attached(db, f"ticket:{store.tickets(db).find_one({})['submission']}")
    assert {each.id for each in hanging} == set(tickets.get(db, number).files)
