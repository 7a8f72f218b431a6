"""The 29 services on the shelf, and the versions cases were filed under."""

import pytest

from base.store import Database
from catalogue import agencies, forms, services

SOMEBODY = {"police", "market", "towns"}


def test_twenty_nine_services_are_published_complete(shipped: Database) -> None:
    shelf = services.browse(shipped)

    assert len(shelf) == 29
    for each in shelf:
        assert each.version == 1
        assert each.code["scheme"] == "sample"
        assert all((each.legal_basis, each.conditions, each.materials, each.process))
        assert each.limits["promised"]["unit"] in ("working_day", "calendar_day")


def test_a_service_names_the_countys_own_agency(shipped: Database) -> None:
    service = services.get(shipped, "id_card_renewal")

    assert service.agency.name == "郎溪县公安局"
    office = agencies.get(shipped, service.agency.id)
    assert office.phone.startswith("000-0000")
    assert office.unconfirmed["phone"] == "I"


def test_charged_services_say_when_to_pay_and_others_do_not(shipped: Database) -> None:
    paid = {each.key: each.pay_when for each in services.browse(shipped) if each.pay_when}

    assert paid == {
        "id_card_renewal": "accept",
        "driving_license_renewal": "accept",
        "real_estate_transfer": "decide",
        "passport_issue": "submit",
        "hk_macau_permit": "submit",
    }


def test_what_nobody_confirmed_is_marked_down_to_its_parts(shipped: Database) -> None:
    service = services.get(shipped, "id_card_renewal")

    assert service.unconfirmed("legal_basis.0") == "L"
    assert service.unconfirmed("materials.face_finger") == "I"
    assert service.unconfirmed("form.fields.apply_kind") == "I"
    assert service.unconfirmed("limits.promised") is None


def test_browsing_a_theme_shows_only_its_services(shipped: Database) -> None:
    relief = services.browse(shipped, "社会救助")

    assert [each.key for each in relief] == ["subsistence_allowance", "temporary_relief"]
    assert ("社会救助", 2) in services.themes(shipped)


def test_a_service_nobody_published_is_missing(shipped: Database) -> None:
    with pytest.raises(services.NoSuchService):
        services.get(shipped, "nothing")
    with pytest.raises(services.NoSuchVersion):
        services.at(shipped, "id_card_renewal", 9)


def test_papers_are_asked_for_only_where_they_matter(shipped: Database) -> None:
    service = services.get(shipped, "id_card_renewal")

    lost = [each["key"] for each in services.materials(service, {"apply_kind": "lost"})]
    expired = [each["key"] for each in services.uploads(service, {"apply_kind": "expired"})]

    assert lost == ["hukou_or_other", "face_finger"]
    assert expired == ["old_id"]
    assert services.uploads(service, {"apply_kind": "lost"}) == []


def test_a_bundle_names_its_steps_in_order(shipped: Database) -> None:
    steps = services.get(shipped, "newborn_one_thing").steps

    assert len(steps) == 8
    assert steps[3]["needs"] == ["birth_certificate"]
    assert steps[3]["service"] == "household_birth_registration"


def test_agencies_are_listed_county_first(shipped: Database) -> None:
    found = agencies.browse(shipped)

    assert {each.id for each in found} >= SOMEBODY
    assert "towns" in {each.parent for each in found}
    assert found[0].level <= found[-1].level
    with pytest.raises(agencies.NoSuchAgency):
        agencies.get(shipped, "nobody")


def test_every_form_can_be_shown(shipped: Database) -> None:
    for each in services.browse(shipped):
        assert all(question["label"] for question in forms.fields(each))


def test_a_version_kept_before_companies_were_asked_for_can_be_read(shipped: Database) -> None:
    row = shipped["service_versions"].find_one({"_id": "senior_card:1"})
    del row["content"]["company_level"]

    assert services.read(row).company_level is None


def test_a_service_says_whom_it_serves(shipped: Database) -> None:
    food, card = (services.get(shipped, key) for key in ("food_business_license", "senior_card"))

    assert services.serves_companies(food)
    assert services.serves_people(food)
    assert not services.serves_companies(card)
    assert services.serves_people(card)
