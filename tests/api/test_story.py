"""One resident's whole story in the mini-program, with the real worker and the simulator."""

from .doing import application, bill_of, chat, move, upload

STORY = ["submit", "accept", "bill", "pay", "approve", "close"]


def told(api, person, words):
    """The cards on the person's phone that say this, once one has come."""
    return api.eventually(lambda: [line for line in chat(api, person) if words in str(line)])


def cards(api, person):
    return [line for line in chat(api, person) if line["kind"] == "template"]


def pay(api, person, token, number):
    opened = api.post(f"/bills/{number}/attempts", token, {"wallet": "wechat"}).json()
    asked = {"wallet": "wechat", "params": opened["parameters"]}
    return api.control("POST", f"/people/{person['id']}/pay", asked)["notice"]["status"]


def test_from_a_lost_card_to_a_new_one(api):
    person, token = api.citizen()
    service = api.get("/services", params={"words": "身份证丢了"}).json()["services"][0]["key"]
    body = application(api, person, token)
    assert service == body["service"]
    assert api.post(f"/services/{service}/quote", json={"answers": body["answers"]}).json()["total"]
    case = api.post("/cases", token, body).json()
    told(api, person, "待受理")
    move(api, case, "accept")
    bill = bill_of(api, token, case)
    told(api, person, "40.00")
    assert pay(api, person, token, bill["number"]) == 204
    path = f"/cases/{case['number']}"
    api.eventually(lambda: api.get(path, token).json()["payment"]["state"] == "paid")
    move(api, case, "approve")
    move(api, case, "close")
    api.eventually(lambda: len(cards(api, person)) >= len(STORY))
    assert len(api.get("/messages", token).json()["messages"]) == len(cards(api, person)) == 6
    assert api.post(f"{path}/rating", token, {"grade": "very_satisfied"}).status_code == 201
    assert [step["move"] for step in api.get(path, token).json()["story"]] == STORY


def test_a_case_that_needs_a_supplement_and_is_refused_in_the_end(api):
    person, token = api.citizen()
    case = api.post("/cases", token, application(api, person, token)).json()
    path = f"/cases/{case['number']}"
    listed = [{"material": "hukou_or_other", "words": "照片不清楚"}]
    move(api, case, "ask_supplement", defects=listed)
    told(api, person, "补正")
    given = {"files": {"hukou_or_other": [upload(api, token)]}}
    assert api.post(f"{path}/supplement", token, given).json()["state"] == "submitted"
    move(api, case, "accept")
    move(api, case, "refuse", note="信息核对不一致")
    told(api, person, "未批准")
    ended = api.get(path, token).json()
    assert (ended["state"], ended["payment"]["state"]) == ("refused", "none")
    noted = {step["move"]: step["note"] for step in ended["story"]}
    assert noted["refuse"] == "信息核对不一致"
    row = {"_id": case["number"].replace("-", "")}
    api.eventually(lambda: not api.db["cases"].find_one(row)["outbox"])
    assert api.get("/bills", token).json()["bills"] == []
