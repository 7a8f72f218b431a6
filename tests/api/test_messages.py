"""The inbox, and leave to send more."""

import uuid

from tracking import subscriptions, templates

from .checked import faults
from .doing import filed


def test_the_inbox_tells_each_step_once_and_can_be_read(api):
    _, token, _ = filed(api)
    told = api.eventually(lambda: api.get("/messages", token).json()["messages"])
    assert [(each["kind"], each["read"]) for each in told] == [("case_submitted", False)]
    assert api.post("/messages/read", token).status_code == 204
    assert [each["read"] for each in api.get("/messages", token).json()["messages"]] == [True]


def test_a_popup_counts_once(api):
    person, token = api.citizen()
    template = api.get("/subscriptions", token).json()["templates"][0][0]
    body = {"popup": uuid.uuid4().hex, "answers": {template: "accept", "unknown": "accept"}}
    for _ in "ab":
        assert api.post("/subscriptions", token, body).status_code == 204
    assert subscriptions.left(api.db, person["mp_openid"], template) == 1


def test_a_consent_is_credited_to_the_account_that_was_asked_and_may_come_with_sound(api):
    person, token = api.citizen()
    other, _ = api.citizen(name=person["name"], id_number=person["id_number"])
    template = api.get("/subscriptions", token).json()["templates"][0][0]
    body = {"popup": uuid.uuid4().hex, "answers": {template: "acceptWithAudio"}}
    assert api.post("/subscriptions", token, body).status_code == 204
    left = [subscriptions.left(api.db, each["mp_openid"], template) for each in (person, other)]
    assert left == [1, 0]


def test_a_refusal_counts_nothing(api):
    person, token = api.citizen()
    template = api.get("/subscriptions", token).json()["templates"][0][0]
    api.post("/subscriptions", token, {"popup": uuid.uuid4().hex, "answers": {template: "reject"}})
    assert subscriptions.left(api.db, person["mp_openid"], template) == 0


def test_a_report_must_name_its_popup(api):
    _, token = api.citizen()
    answer = api.post("/subscriptions", token, {"popup": "我的弹窗一二三四五", "answers": {}})
    assert faults(answer) == {"popup", "answers"}


def test_every_list_is_one_popup_and_together_they_ask_for_everything(api):
    person, token = api.citizen()
    asked = api.get("/subscriptions", token).json()
    for field, lasting in (("templates", True), ("once", False)):
        known = [each for each in templates.templates().values() if each.long_term is lasting]
        listed = [each for popup in asked[field] for each in popup]
        assert listed == [each.ids["mp"] for each in known if each.ids["mp"]]
    for popup in asked["templates"] + asked["once"]:
        body = {"popup": uuid.uuid4().hex, "answers": dict.fromkeys(popup, "accept")}
        assert api.post("/subscriptions", token, body).status_code == 204
        assert all(subscriptions.left(api.db, person["mp_openid"], each) for each in popup)


def test_channels_are_chosen_by_group_and_stay_so(api):
    _, token = api.citizen()
    shown = api.get("/me/preferences", token).json()["groups"]
    assert {each["on"] for group in shown for each in group["channels"]} == {True}
    chosen = api.post("/me/preferences", token, {"muted": {"progress": ["sms", "oa"]}}).json()
    first = next(each for each in chosen["groups"] if each["group"] == "progress")
    assert [each["channel"] for each in first["channels"] if each["on"]] == ["mp", "biz"]
    assert api.get("/me/preferences", token).json() == chosen


def test_the_inbox_is_no_channel_to_switch_off(api):
    _, token = api.citizen()
    answer = api.post("/me/preferences", token, {"muted": {"duty": ["inbox"]}})
    assert answer.status_code == 422
    assert faults(answer) == {"muted.duty.value.0"}


def test_every_inbox_is_its_owners(api):
    _, token, _ = filed(api)
    _, stranger = api.citizen()
    api.eventually(lambda: api.get("/messages", token).json()["messages"])
    assert api.get("/messages", stranger).json()["messages"] == []
