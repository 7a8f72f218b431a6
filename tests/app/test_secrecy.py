"""Whatever has happened, nothing a person wrote or is lies open in the store."""

from app import jobs
from people import residents
from tests.tracking.town import ID_NUMBER, answers

from . import scenes

SAID = ("照片.pdf", "有坑", "已经补好", "太暗", "材料不全", "条件不符", "投诉", "请说", "几天")
KNOWN = ("王小红", ID_NUMBER, "13900001111", answers()["applicant_address"])


def test_nothing_personal_lies_open_in_any_collection(town, platform):
    scenes.script(town, platform)
    for effect, scene in scenes.SCENES:
        id, data = scene(town)
        jobs.EFFECTS[effect](town.runtime, id, **data)
    person = town.desk.resident.id
    residents.set_phone(town.db, person, "13900001111")
    residents.verify(town.db, person, "王小红", ID_NUMBER, lambda *_: None)
    town.keep()
    rows = (row for name in town.db.list_collection_names() for row in town.db[name].find({}))
    kept = repr([row for row in rows if "content" not in row])
    assert [mark for mark in SAID + KNOWN if mark in kept] == []
