"""Answers made public: masked, and never against the platform's verdict."""

import pytest

from base import audit, files
from feedback import checking, publishing, store, tickets
from people import operators, residents
from people.residents import Account

from .conftest import CLERK, COUNTY, POLICE, SUPERVISOR


@pytest.fixture
def wang(db):
    id = residents.arrive(db, Account("mp", "wxmp", "wang")).id
    return residents.verify(db, id, "王小明", "342522198507243872", lambda *_: None).id


def answered(db, wang, **more):
    """An answered question about a service."""
    given = {"resident": wang, "key": "tap-00001", "agency": "civil_affairs", "may_publish": True}
    given |= {"text": "居住证几天能拿到？", "service": "residence_permit"}
    asked = tickets.ask(db, **given | more)
    return tickets.answer(db, asked.number, CLERK, "受理后五个工作日。").number


@pytest.fixture
def letter(db, wang):
    return answered(db, wang)


@pytest.fixture
def private(db, wang):
    """A letter whose words and photograph are not for the public; both were found good."""
    words = "我和丈夫去年离了婚，带着孩子租房住，居住证几天能拿到？"
    number = answered(db, wang, text=words, may_publish=False)
    store.tickets(db).update_one({"_id": number}, {"$set": {"files": ["f1"]}})
    verdict(db, number, "pass")
    verdict(db, number, "pass", "f1")
    return number


def propose(db, number, question="居住证几天？", answer="五个工作日。", photos=(), by=CLERK):
    return publishing.propose(db, number, by, question, answer, photos)


def verdict(db, number, found, slot=checking.TEXT):
    checking.judge(db, number, slot, found, 100)


def judged(db, number, *found):
    """What becomes of a publication as its question and answer are judged; all good if not said."""
    for slot, each in zip(publishing.unjudged(db, number), found or ("pass", "pass"), strict=False):
        verdict(db, number, each, slot)
    publishing.settle(db, number)
    return publishing.get(db, number).state


def published(db, number, **words):
    """A publication whose words are found good."""
    propose(db, number, **words)
    return judged(db, number)


def test_what_is_found_good_is_public(db, letter):
    verdict(db, letter, "pass")
    assert published(db, letter) == "published"

    (shown,) = publishing.shown(db, "residence_permit")
    assert (shown.question, shown.answer) == ("居住证几天？", "五个工作日。")
    assert publishing.shown(db) == [shown]
    assert publishing.shown(db, "passport_issue") == []


def test_what_is_found_risky_is_never_public(db, letter):
    verdict(db, letter, "risky")

    with pytest.raises(publishing.NotPublishable):
        propose(db, letter)
    assert publishing.shown(db) == []


@pytest.mark.parametrize("found", ["review", None])
def test_what_is_doubtful_or_unasked_wants_a_supervisor(db, letter, found):
    if found:
        verdict(db, letter, found)
    assert published(db, letter) == "review"
    assert [each.number for each in publishing.pending(db)] == [letter]

    with pytest.raises(operators.NotAllowed):
        publishing.confirm(db, letter, CLERK)
    publishing.confirm(db, letter, SUPERVISOR)
    assert publishing.get(db, letter).decided_by == SUPERVISOR.actor
    assert len(publishing.shown(db)) == 1


def test_who_asked_for_it_does_not_confirm_it(db, letter):
    propose(db, letter, by=COUNTY)
    judged(db, letter)

    with pytest.raises(publishing.NotPublishable):
        publishing.confirm(db, letter, COUNTY)
    assert publishing.get(db, letter).state == "review"


@pytest.mark.parametrize("found", [(), ("pass",), ("review",)])
def test_no_word_is_public_before_it_was_judged_itself(db, letter, found):
    verdict(db, letter, "pass")
    assert propose(db, letter, "居住证几天能拿到？").state == "checking"

    if found:
        judged(db, letter, *found)
    assert publishing.get(db, letter).state == "checking"
    with pytest.raises(publishing.NotPublishable):
        publishing.confirm(db, letter, SUPERVISOR)
    assert publishing.shown(db) == []


@pytest.mark.parametrize(
    ("found", "becomes"),
    [
        (("review", "pass"), "review"),
        (("pass", "review"), "review"),
        (("pass", "risky"), "refused"),
    ],
)
def test_question_and_answer_are_judged_each(db, letter, found, becomes):
    verdict(db, letter, "pass")
    propose(db, letter)

    assert judged(db, letter, *found) == becomes
    assert publishing.shown(db) == []


def test_words_found_risky_stay_so_and_others_may_be_tried(db, letter):
    verdict(db, letter, "pass")
    propose(db, letter)
    judged(db, letter, "risky")
    with pytest.raises(publishing.NotPublishable):
        propose(db, letter)

    assert published(db, letter, question="多久能领居住证？") == "published"


def test_a_verdict_on_words_taken_back_says_nothing_of_others(db, letter):
    verdict(db, letter, "pass")
    propose(db, letter)
    (slot, _) = publishing.unjudged(db, letter)
    publishing.withdraw(db, letter, CLERK)
    assert publishing.unjudged(db, letter) == {}
    propose(db, letter, "多久能领居住证？")

    verdict(db, letter, "pass", slot)
    assert "多久能领居住证？" in publishing.unjudged(db, letter).values()
    assert publishing.get(db, letter).state == "checking"


@pytest.mark.parametrize(
    "words",
    [
        {"question": "我和丈夫去年离了婚，带着孩子租房住，居住证几天能拿到？"},
        {"question": "我和丈夫去年离了婚"},
        {"question": "请问：我和丈夫去年离了婚、带着孩子租房住，怎么办居住证？"},
        {"answer": "您说“我和丈夫去年离了婚，带着孩子租房住”，五个工作日。"},
        {"photos": ("f1",)},
    ],
)
def test_without_her_consent_neither_her_words_nor_her_photos_are_public(db, private, words):
    with pytest.raises(publishing.NotAgreed):
        propose(db, private, **{"question": "办居住证要多久？"} | words)
    assert publishing.get(db, private) is None


def test_without_her_consent_an_answer_of_general_interest_is_public(db, private):
    assert published(db, private, question="办居住证要多久？") == "published"

    assert publishing.shown(db)[0].question == "办居住证要多久？"


def photographed(db, wang):
    given = {"resident": wang, "key": "tap-00002", "agency": "civil_affairs", "may_publish": True}
    row = tickets.ask(db, **given, text="这样拍行吗？").number
    store.tickets(db).update_one({"_id": row}, {"$set": {"files": ["f1"]}})
    tickets.answer(db, row, COUNTY, "行。")
    verdict(db, row, "pass")
    return row


@pytest.mark.parametrize(
    ("came", "becomes"), [("pass", "published"), ("review", "review"), ("risky", "refused")]
)
def test_a_photo_still_looked_at_is_waited_for(db, wang, came, becomes):
    number = photographed(db, wang)
    assert checking.begin(db, number, "f1", "trace-1")
    assert not checking.begin(db, number, "f1", "trace-2")
    assert published(db, number, photos=("f1", "others")) == "checking"

    told = {"trace": "trace-1", "suggest": came, "label": 100, "why": ""}
    assert publishing.judged(db, **told)
    assert publishing.get(db, number).state == becomes
    publishing.settle(db, number)
    assert publishing.get(db, number).state == becomes


def test_a_verdict_once_given_stays(db, wang):
    number = photographed(db, wang)
    checking.begin(db, number, "f1", "trace-1")
    for found in ("odd", "pass"):
        publishing.judged(db, trace="trace-1", suggest=found, label=0, why="")

    assert checking.get(db, number)["f1"]["verdict"] == "review"
    assert not publishing.judged(db, trace="nobody's", suggest="pass", label=0, why="")


def test_what_turns_out_risky_after_all_is_taken_back(db, wang):
    number = photographed(db, wang)
    checking.begin(db, number, "f1", "trace-1")
    checking.judge(db, number, "f1", checking.REVIEW, 0, checking.LATE)
    published(db, number, photos=("f1",))
    publishing.confirm(db, number, SUPERVISOR)
    assert len(publishing.shown(db)) == 1
    publishing.judged(db, trace="trace-1", suggest="risky", label=20002, why="")

    assert checking.get(db, number)["f1"]["verdict"] == "risky"
    assert publishing.get(db, number).state == "refused"
    assert publishing.shown(db) == []


def test_a_photo_left_out_does_not_count(db, wang):
    number = photographed(db, wang)

    assert published(db, number) == "published"
    with pytest.raises(files.NoSuchFile):
        publishing.photo(db, number, "f1")


def test_a_photo_is_public_only_with_its_answer(db, wang):
    number = photographed(db, wang)
    verdict(db, number, "pass", "f1")
    published(db, number, photos=("f1",))
    assert publishing.photo(db, number, "f1") == "f1"
    publishing.withdraw(db, number, CLERK)

    with pytest.raises(files.NoSuchFile):
        publishing.photo(db, number, "f1")


def test_what_is_taken_back_may_be_asked_for_again(db, letter):
    verdict(db, letter, "pass")
    published(db, letter)
    with pytest.raises(publishing.NotPublishable):
        propose(db, letter)
    publishing.withdraw(db, letter, SUPERVISOR)
    assert publishing.shown(db) == []
    with pytest.raises(publishing.NotPublishable):
        publishing.confirm(db, letter, SUPERVISOR)

    assert published(db, letter) == "published"


def test_an_open_or_an_integrity_letter_is_not_published(db, wang):
    given = {"resident": wang, "agency": "civil_affairs"}
    unanswered = tickets.ask(db, **given, text="几点开门？", key="tap-00003").number
    sensitive = tickets.complain(db, **given, text="有人收红包", key="tap-00004").number
    verdict(db, unanswered, "pass")

    with pytest.raises(publishing.NotPublishable):
        propose(db, unanswered)
    with pytest.raises(tickets.NoSuchTicket):
        propose(db, sensitive)


def test_another_agencys_letter_does_not_exist(db, letter):
    with pytest.raises(tickets.NoSuchTicket):
        propose(db, letter, by=POLICE)
    verdict(db, letter, "review")
    propose(db, letter)
    with pytest.raises(tickets.NoSuchTicket):
        publishing.withdraw(db, letter, POLICE)


def test_names_and_numbers_are_masked_whatever_the_operator_writes(db, wang, letter):
    verdict(db, letter, "pass")
    found = propose(db, letter, "王小明，13912345678，几天？", "342522198507243872可以。")

    assert (found.question, found.answer) == (
        "王**，139****5678，几天？",
        "342522********3872可以。",
    )
    assert "person.reveal" in {row["act"] for row in audit.of_subject(db, f"resident:{wang}")}
    assert "几天" not in str(store.tickets(db).find_one({"_id": letter})["public"])


def test_two_operators_at_once_make_one_publication(db, letter):
    verdict(db, letter, "pass")
    row = store.tickets(db).find_one({"_id": letter})
    propose(db, letter)

    with pytest.raises(tickets.TicketChanged):
        publishing._write(db, row, {"public.state": "review"}, None)
