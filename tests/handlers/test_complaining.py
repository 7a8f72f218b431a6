"""Photographs of a complaint are gathered in whatever order they come, nine of them."""

from tests.people.threads import at_once

from .test_dialogues import filed


def photo(write, name):
    return write(MsgType="image", MediaId=name).words


def test_photos_before_the_words_and_after_the_word_that_ends_them_are_filed(db, write):
    write("投诉")
    first = photo(write, "p1")
    write("路灯坏了")
    second = photo(write, "p2")
    write("完成")
    third = photo(write, "p3")
    reply = write("跳过")

    assert "第1张" in first
    assert "先用文字" in first
    assert "第2张" in second
    assert "第3张" in third
    assert "发送位置" in third
    assert [each["data"]["media_id"] for each in reply.after] == ["p1", "p2", "p3"]


def test_photos_are_limited_at_every_step(db, write):
    write("投诉")
    told = [photo(write, f"p{count}") for count in range(10)]
    write("路灯坏了")
    told.append(photo(write, "p10"))
    write("完成")
    told.append(photo(write, "p11"))

    assert ["没有收下" in each for each in told] == [False] * 9 + [True] * 3
    assert len(write("跳过").after) == 9


def test_of_a_photo_after_the_ticket_was_filed_it_is_said_that_it_is_in_none(db, write):
    for words in ("投诉", "路灯坏了", "跳过", "跳过"):
        write(words)

    assert "没有收进任何咨询或投诉" in photo(write, "late")
    assert not filed(db)[0].files


def test_nine_photos_are_enough(db, write):
    write("投诉")
    write("路灯坏了")
    for count in range(9):
        write(MsgType="image", MediaId=f"p{count}")

    assert "够9张" in write(MsgType="image", MediaId="p9").words
    write("好了")
    assert len(write("跳过").after) == 9


def test_nine_pictures_sent_at_once_are_all_gathered(db, write):
    write("投诉")
    write("路灯坏了三天")
    seen = [{"MsgType": "image", "MediaId": f"p{n}"} for n in range(9)]
    at_once(*[lambda each=each: write(**each) for each in seen])
    write("完成")
    reply = write("跳过")

    assert {each["data"]["media_id"] for each in reply.after} == {f"p{n}" for n in range(9)}
