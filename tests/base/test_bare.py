"""Commands spoken bare do what the driver's own methods do."""

import pytest
from pymongo.errors import OperationFailure
from pymongo.write_concern import WriteConcern

from base import bare, clock


def test_a_row_is_added_once_and_found_as_the_driver_finds_it(db):
    row = {"_id": "a", "at": clock.now(), "nested": {"words": "字"}}

    assert bare.find(db["once"], "a") is None
    assert [bare.add(db["once"], row), bare.add(db["once"], row | {"at": None})] == [True, False]
    assert bare.find(db["once"], "a") == db["once"].find_one({"_id": "a"})
    assert bare.find(db["once"], "a")["at"].tzinfo is not None


def test_what_the_store_refuses_is_raised(db):
    with pytest.raises(OperationFailure):
        bare.add(db["once"], {"_id": {"$no": "key"}})
    assert db["once"].count_documents({}) == 0


def test_a_write_concern_that_cannot_be_kept_is_raised(db):
    rows = db["once"].with_options(write_concern=WriteConcern(w=7, wtimeout=50))
    with pytest.raises(OperationFailure):
        bare.add(rows, {"_id": "a"})
