"""Finding a service, reading its guide, asking its price, finding the way."""

import pytest

from .checked import faults, refusal

HALL = {"latitude": 31.126, "longitude": 119.18}


def test_a_service_is_found_in_plain_words(api):
    found = api.get("/services", params={"words": "身份证丢了怎么补"}).json()["services"]
    assert found[0]["key"] == "id_card_renewal"
    assert found[0]["charged"] is True


def test_themes_lead_to_their_services(api):
    theme = api.get("/themes").json()["themes"][0]
    found = api.get("/services", params={"theme": theme["name"], "limit": 50}).json()["services"]
    assert len(found) == theme["services"]
    assert all(theme["name"] in each["themes"] for each in found)


def test_without_a_question_every_service_is_listed(api):
    everything = api.get("/services", params={"limit": 50}).json()["services"]
    assert len(everything) == 29
    assert len(api.get("/services", params={"limit": 3}).json()["services"]) == 3


def test_every_guide_is_as_described(api):
    for card in api.get("/services", params={"limit": 50}).json()["services"]:
        guide = api.get(f"/services/{card['key']}").json()
        assert guide["name"] == card["name"]
        assert guide["form"]
        assert all(each["section"] for each in guide["form"])


def test_the_guide_names_what_nobody_has_confirmed(api):
    guide = api.get("/services/id_card_renewal").json()
    assert guide["provenance"]["result"] == "L"


@pytest.mark.parametrize(
    ("kind", "more", "total"),
    [
        ("expired", {}, 2000),
        ("lost", {}, 4000),
        ("lost", {"need_temp_id": True}, 5000),
        ("expired", {"fee_exemption": "ID_LOW_INCOME"}, 0),
    ],
)
def test_the_price_follows_the_answers(api, kind, more, total):
    answers = {
        "applicant_name": "张三",
        "applicant_id_type": "111",
        "applicant_id_no": "11010519491231002X",
        "applicant_mobile": "13800138000",
        "applicant_region": "341821001001",
        "applicant_address": "幸福路1号",
        "is_agent": False,
        "result_delivery": "1",
        "apply_kind": kind,
    }
    quote = api.post("/services/id_card_renewal/quote", json={"answers": answers | more}).json()
    assert quote["total"] == total == sum(line["total"] for line in quote["lines"])


def test_no_price_for_half_an_answer(api):
    answer = api.post("/services/id_card_renewal/quote", json={"answers": {"apply_kind": "x"}})
    assert refusal(answer) == (422, "form_invalid")
    assert {"apply_kind", "applicant_name"} <= faults(answer)


def test_the_nearest_places_come_first(api):
    found = api.get("/places/nearest", params=HALL).json()["places"]
    assert len(found) == 5
    assert [each["metres"] for each in found] == sorted(each["metres"] for each in found)
    assert found[0]["unconfirmed"]["address"] == "I"


def test_only_places_that_handle_the_service(api):
    asked = HALL | {"service": "real_estate_transfer"}
    found = api.get("/places/nearest", params=asked).json()["places"]
    assert len(found) == 1


@pytest.mark.parametrize("where", [{}, HALL | {"latitude": 91}, HALL | {"longitude": "nan"}])
def test_nowhere_is_not_a_place(api, where):
    assert refusal(api.get("/places/nearest", params=where)) == (422, "invalid")


def test_regions_are_offered_by_town(api):
    groups = api.get("/regions").json()["regions"]
    assert len(groups) > 5
    assert groups[0]["options"][0]["value"].startswith("341821")


@pytest.mark.parametrize("path", ["/services/nothing", "/services/nothing/quote"])
def test_an_unknown_service_is_missing(api, path):
    answer = api.post(path, json={"answers": {}}) if "quote" in path else api.get(path)
    assert refusal(answer) == (404, "no_such_service")


@pytest.mark.parametrize("limit", ["0", "51", "x", ""])
def test_a_silly_limit_is_refused(api, limit):
    answer = api.get("/services", params={"limit": limit})
    assert refusal(answer) == (422, "invalid")
    assert faults(answer) == {"limit"}
