"""What residents and operators do in the tests of the API, in a line each."""

from people import operators
from tracking import cases

VILLAGE = "341821001001"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c"
    "6360606060000000050001a5f645400000000049454e44ae426082"
)
CLERK = "operator:chuangkou"


def upload(api, token, content=PICTURE, name="户口簿.png"):
    answer = api.call("POST", "/files", token, files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def application(api, person, token, **more):
    """A lost identity card: 40 yuan, due once it is accepted."""
    answers = {
        "applicant_name": person["name"],
        "applicant_id_type": "111",
        "applicant_id_no": person["id_number"],
        "applicant_mobile": person["phone"],
        "applicant_region": VILLAGE,
        "applicant_address": "幸福路1号",
        "is_agent": False,
        "apply_kind": "lost",
        "result_delivery": "1",
    }
    files = {"hukou_or_other": [upload(api, token)]}
    return {"service": "id_card_renewal", "answers": answers | more, "files": files}


def filed(api, **more):
    """(person, token, case as answered) of somebody who has just applied."""
    person, token = api.citizen()
    answer = api.post("/cases", token, application(api, person, token, **more))
    assert answer.status_code == 201, answer.text
    return person, token, answer.json()


def move(api, case, name, **facts):
    return cases.move(api.db, case["number"].replace("-", ""), name, by=CLERK, **facts)


def billed(api):
    """(person, token, bill) of somebody whose case was accepted."""
    person, token, case = filed(api)
    move(api, case, "accept")
    return person, token, bill_of(api, token, case)


def bill_of(api, token, case):
    """The bill of somebody's only case, once the case knows of it."""
    path = f"/cases/{case['number']}"
    api.eventually(lambda: api.get(path, token).json()["payment"]["bill"])
    (bill,) = api.get("/bills", token).json()["bills"]
    return bill


def chat(api, person):
    """The lines that the person's phone shows."""
    return api.control("GET", f"/people/{person['id']}/chat")["lines"]


def operator(api, name="chuangkou"):
    return operators.get(api.db, name)
