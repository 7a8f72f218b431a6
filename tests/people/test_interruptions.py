"""Whatever happens between two writes of a verification, it ends as it should."""

from people import merging, residents

from .conftest import agrees, id_number, someone
from .crashing import WRITES


class Interrupted:
    """A database in which something else happens right before the n-th write."""

    def __init__(self, db, before, act):
        self.db, self.left, self.act = db, before, act

    def __getitem__(self, name):
        return Hand(self, self.db[name])


class Hand:
    def __init__(self, owner, rows):
        self.owner, self.rows = owner, rows

    def __getattr__(self, name):
        if name in WRITES:
            self.owner.left -= 1
            if self.owner.left == -1:
                self.owner.act()
        return getattr(self.rows, name)


def test_a_merger_amid_a_verification_neither_stops_nor_doubles_it(db):
    for before in range(12):
        number = id_number(f"3418211993{before + 1:02}07{before:03}")
        ids = sorted(residents.arrive(db, someone()).id for _ in range(2))
        meddled = Interrupted(db, before, lambda i=ids: merging.unite(db, *i))
        residents.verify(meddled, ids[1], "王小红", number, agrees)
        assert residents.get(db, ids[1]).level == 2
        if meddled.left >= 0:
            break
    assert before > 2
