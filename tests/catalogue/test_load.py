"""Files that load, files that are refused with their remedy, and versions that stay."""

import shutil
from pathlib import Path

import pytest
import yaml

from base.store import Database
from catalogue import load, places, regions, services, store
from catalogue.faults import BrokenFiles

from .conftest import CONFIG

BROKEN = [
    ("name: 居民身份证换领、补领", "nmae: 居民身份证换领、补领", "name", "缺少"),
    ("name: 居民身份证换领、补领", "nmae: 居民身份证换领、补领", "nmae", "拼写"),
    ("item_type: '20'", "item_type: 20", "item_type", "引号"),
    ("item_type: '20'", "item_type: '77'", "item_type", "只能写其中之一"),
    ("level: '4'", "level: no", "level", "引号"),
    ("amount: 2000", "amount: '20.00'", "fees.lines.0.amount", "整数"),
    ("amount: 2000", "amount: 0", "fees.lines.0.amount", "不能小于 1"),
    ("charged: true", "charged: false", "fees.lines", "charged 改成 true"),
    ("charged: true", "charged: yes please", "fees.charged", "true 或 false"),
    ("pay_when: accept\n", "", "pay_when", "何时缴费"),
    ("pay_when: accept", "pay_when: later", "pay_when", "submit、accept、decide"),
    ("real_name_level: 2", "real_name_level: 7", "real_name_level", "0、1、2、3"),
    ("real_name_level: 2", "real_name_level: '2'", "real_name_level", "整数"),
    ("objects: ['1']", "objects: ['2']", "company_level", "谁能代表单位"),
    ("objects: ['1']", "objects: ['1']\ncompany_level: C1", "company_level", "不写"),
    ("objects: ['1']", "objects: ['2']\ncompany_level: C3", "company_level", "C1、C2"),
    ("agency: police", "agency: nobody", "agency", "agencies.yaml"),
    ("key: id_card_renewal", "key: id_card", "key", "id_card_renewal"),
    ("key: id_card_renewal", "key: Id-Card", "key", "小写字母"),
    ("[person_applicant, agent, delivery]", "[person]", "form.sections.0", "sections.yaml"),
    ("equals: lost}", "equals: gone}", "materials.1.when.equals", "gone"),
    ("{field: need_temp_id, equals", "{field: temp, equals", "fees.lines.2.when.field", "temp"),
    ("key: old_id_expiry", "key: apply_kind", "form.fields.1.key", "两次"),
    ("value: damaged, label", "value: expired, label", "form.fields.0.options", "重复"),
    ("waives: [ID_RENEW]", "waives: [ID_OLD]", "fees.exemptions.0.waives", "ID_OLD"),
    ("      waives:", "      percent: 120\n      waives:", "fees.exemptions.0.percent", "99"),
    ("code: ID_REISSUE", "code: ID_RENEW", "fees.lines", "重复"),
    ("code: ID_REISSUE", "code: id-reissue", "fees.lines.1.code", "大写"),
    ("unit: calendar_day", "unit: none", "limits.statutory", "unit"),
    ("unit: calendar_day", "unit: days", "limits.statutory.unit", "calendar_day"),
    ("key: face_finger", "key: old_id", "materials.2.key", "两次"),
    ("  result: L", "  outcome: L", "unconfirmed.outcome", "没有这个位置"),
    ("  result: L", "  legal_basis.9: L", "unconfirmed.legal_basis.9", "没有这个位置"),
    ("offers: {result_delivery", "offers: {delivery", "form.offers.delivery.field", "delivery"),
    ("level: '4'\n", "level: '4'\nlevel: '5'\n", "level", "写了两次"),
    ("conditions:\n", "conditions: 随时可办\nnotes:\n", "conditions", "列表"),
    ("legal_basis:\n", "legal_basis: []\nold:\n", "legal_basis", "至少要写一条"),
    ("limits:\n", "limits: 很快\nold:\n", "limits", "名称: 值"),
    ("key: id_card_renewal\n", "key: [\n", "-", "行附近"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A county's own copy of config/, to break or to change."""
    for name in ("services", "forms", "county"):
        shutil.copytree(CONFIG / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def one(folder: Path) -> Path:
    """The same with one service left, which is enough to break."""
    for path in (folder / "services").iterdir():
        if path.name != "id_card_renewal.yaml":
            path.unlink()
    return folder


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def faults(db: Database, folder: Path) -> dict[tuple[str, str], str]:
    with pytest.raises(BrokenFiles) as refused:
        load.everything(db, folder)
    return {(each.file, each.field): each.remedy for each in refused.value.faults}


@pytest.mark.parametrize(("old", "new", "field", "remedy"), BROKEN)
def test_a_broken_file_is_refused_with_file_field_and_remedy(
    shipped: Database, one: Path, old: str, new: str, field: str, remedy: str
) -> None:
    change(one / "services" / "id_card_renewal.yaml", old, new)

    assert remedy in faults(shipped, one)["id_card_renewal.yaml", field]


HALL_HOURS = "[['09:00', '12:00']]"
COUNTY = [
    (
        "regions.yaml",
        "parent: '341821000000'",
        "parent: '999999999999'",
        "regions.3.parent",
        "9999",
    ),
    ("regions.yaml", "code: '341821001001'", "code: 341821001001", "regions.4.code", "12位"),
    (
        "agencies.yaml",
        "region: '341821000000'",
        "region: '110000000000'",
        "agencies.0.region",
        "1100",
    ),
    ("places.yaml", "phone: 000-00000001", "phone: 0563-702x", "places.0.phone", "000-0000nnnn"),
    ("places.yaml", "latitude: 31.1284", "latitude: north", "places.0.latitude", "纬度"),
    ("places.yaml", "latitude: 31.1284", "latitude: 91.5", "places.0.latitude", "纬度"),
    ("places.yaml", "region: '341821001000'", "region: '341821009000'", "places.1.region", "9000"),
    ("places.yaml", "  hall:\n", "  hall_two:\n", "hours.hall_two.key", "拼写"),
    ("places.yaml", HALL_HOURS, "[['12:00', '09:00']]", "hours.hall.value.saturday", "早于"),
    ("places.yaml", HALL_HOURS, "9-12", "hours.hall.value.saturday", "早于"),
    ("places.yaml", HALL_HOURS, "[['9:00', '12:00']]", "hours.hall.value.saturday", "早于"),
]


@pytest.mark.parametrize(("file", "old", "new", "field", "remedy"), COUNTY)
def test_a_broken_county_file_is_refused_too(
    shipped: Database, one: Path, file: str, old: str, new: str, field: str, remedy: str
) -> None:
    change(one / "county" / file, old, new)

    assert remedy in faults(shipped, one)[file, field]


def test_a_kind_of_place_without_hours_is_refused(shipped: Database, one: Path) -> None:
    path = one / "county" / "places.yaml"
    change(path, "  station:\n    working_days: [['09:00', '11:30'], ['14:30', '17:00']]\n", "")

    assert "station" in faults(shipped, one)["places.yaml", "places.2.kind"]


def test_a_broken_shared_section_is_refused(shipped: Database, one: Path) -> None:
    path = one / "forms" / "sections.yaml"
    change(path, "type: boolean", "type: select")

    assert "options" in faults(shipped, one)["sections.yaml", "agent.fields.0.options"]


def test_bad_questions_are_refused(shipped: Database, folder: Path) -> None:
    path = folder / "services" / "real_estate_transfer.yaml"
    said = yaml.safe_load(path.read_text("utf-8"))
    said["form"]["fields"][3].pop("columns")
    said["form"]["fields"][0]["pattern"] = "["
    said["fees"]["lines"][3]["quantity"] = {"field": "cert_no"}
    said["fees"]["lines"][2]["quantity"] = {"field": "nothing"}
    path.write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")

    found = {field for _, field in faults(shipped, folder)}

    assert found == {
        "form.fields.3.columns",
        "form.fields.0.pattern",
        "fees.lines.3.quantity.field",
        "fees.lines.2.quantity.field",
    }


def test_bad_steps_are_refused(shipped: Database, folder: Path) -> None:
    path = folder / "services" / "newborn_one_thing.yaml"
    change(path, "needs: [birth_certificate]", "needs: [marriage]")
    change(path, "service: social_security_card", "service: social_card")

    found = faults(shipped, folder)

    assert "marriage" in found["newborn_one_thing.yaml", "steps.2.needs"]
    assert "social_card" in found["newborn_one_thing.yaml", "steps.5.service"]


def test_every_fault_of_every_file_is_named_at_once(shipped: Database, folder: Path) -> None:
    change(folder / "services" / "passport_issue.yaml", "amount: 12000", "amount: 1.5")
    change(folder / "services" / "senior_card.yaml", "agency: civil_affairs", "agency: moon")
    (folder / "services" / "residence_permit.yaml").write_bytes(b"\xff\xfe\x00")
    (folder / "services" / "temporary_relief.yaml").write_text("- a list\n")
    (folder / "forms" / "sections.yaml").unlink()

    files = {file for file, _ in faults(shipped, folder)}

    assert files >= {"passport_issue.yaml", "senior_card.yaml", "residence_permit.yaml"}
    assert files >= {"temporary_relief.yaml", "sections.yaml"}


def test_a_refusal_reads_as_file_field_and_remedy(shipped: Database, folder: Path) -> None:
    change(folder / "services" / "passport_issue.yaml", "amount: 12000", "amount: 1.5")

    with pytest.raises(
        BrokenFiles, match=r"passport_issue\.yaml  fees\.lines\.0\.amount  这里要写整数"
    ):
        load.everything(shipped, folder)


def test_loading_twice_changes_nothing(db: Database, folder: Path) -> None:
    first = load.everything(db, folder)
    second = load.everything(db, folder)

    assert (len(first.published), first.unchanged) == (29, 0)
    assert (first.regions, first.agencies, first.places) == (122, 29, 114)
    assert (second.published, second.unchanged) == ([], 29)


def test_a_change_makes_a_version_and_the_old_one_stays_readable(
    db: Database, folder: Path
) -> None:
    load.everything(db, folder)
    change(folder / "services" / "passport_issue.yaml", "amount: 12000", "amount: 9000")

    report = load.everything(db, folder)

    assert (report.published, report.unchanged) == (["passport_issue:2"], 28)
    assert services.get(db, "passport_issue").version == 2
    old = services.at(db, "passport_issue", 1)
    assert (old.version, old.fees["lines"][0]["amount"]) == (1, 12000)


def test_a_changed_section_makes_versions_of_the_services_that_use_it(
    db: Database, folder: Path
) -> None:
    load.everything(db, folder)
    change(folder / "forms" / "sections.yaml", "title: 单位（经营者）信息", "title: 单位信息")

    report = load.everything(db, folder)

    assert report.published == [
        "food_business_license:2",
        "public_place_hygiene_permit:2",
        "tobacco_retail_license:2",
    ]


def test_a_file_taken_away_withdraws_its_service_and_brings_it_back(
    db: Database, folder: Path
) -> None:
    path = folder / "services" / "senior_card.yaml"
    text = path.read_text("utf-8")
    load.everything(db, folder)
    path.unlink()
    assert load.everything(db, folder).withdrawn == ["senior_card"]
    with pytest.raises(services.NoSuchService):
        services.get(db, "senior_card")
    assert services.at(db, "senior_card", 1).short_name == "老年证"

    path.write_text(text, "utf-8")

    assert load.everything(db, folder).published == ["senior_card:1"]
    assert services.get(db, "senior_card").version == 1


def test_a_load_cut_short_is_finished_by_the_next(db: Database, folder: Path) -> None:
    load.everything(db, folder)
    row = db["services"].find_one({"_id": "senior_card"})
    db["services"].delete_one({"_id": "senior_card"})

    assert load.everything(db, folder).published == ["senior_card:1"]
    assert db["services"].find_one({"_id": "senior_card"}) == row


def test_a_version_never_published_is_passed_by(db: Database, folder: Path) -> None:
    load.everything(db, folder)
    db["service_versions"].insert_one({"_id": "senior_card:2", "digest": "of something else"})
    change(folder / "services" / "senior_card.yaml", "name: 老年人优待证申领", "name: 老年人优待证")

    assert load.everything(db, folder).published == ["senior_card:3"]


def test_of_two_loads_at_once_one_publishes(db: Database, folder: Path) -> None:
    load.everything(db, folder)
    row = db["services"].find_one({"_id": "senior_card"})

    assert store.publish(db, row, 0) is False
    assert store.publish(db, row | {"version": 9}, 7) is False
    assert services.get(db, "senior_card").version == 1


def test_new_words_for_a_service_make_no_new_version(db: Database, folder: Path) -> None:
    load.everything(db, folder)
    db["services"].update_one({"_id": "senior_card"}, {"$set": {"tokens": ["旧词"]}})

    assert load.everything(db, folder).unchanged == 29
    assert "优待证" in db["services"].find_one({"_id": "senior_card"})["tokens"]


def test_the_sample_county_is_langxi_with_both_codes(shipped: Database) -> None:
    town = regions.get(shipped, "341821101000")

    assert (town.name, town.civil_code) == ("十字镇", "341821104000")
    assert len(regions.within(shipped, "341821000000")) == 15
    assert len(places.handling(shipped)) == 114
