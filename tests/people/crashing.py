"""A store that dies in the hands of its user before the n-th write."""

WRITES = (
    "insert_one",
    "insert_many",
    "update_one",
    "update_many",
    "delete_one",
    "delete_many",
    "replace_one",
)


class Crash(BaseException):
    """The process was killed here."""


class Crashing:
    """A database whose n-th write, and none after it, ever happens."""

    def __init__(self, db, after):
        self.db, self.left = db, after

    def __getitem__(self, name):
        return Hand(self, self.db[name])

    def __getattr__(self, name):
        return getattr(self.db, name)


class Hand:
    def __init__(self, owner, rows):
        self.owner, self.rows = owner, rows

    def __getattr__(self, name):
        if name in WRITES:
            if self.owner.left <= 0:
                raise Crash
            self.owner.left -= 1
        return getattr(self.rows, name)


def dies(act, db, after):
    """Whether an act was killed before its n-th write; done otherwise."""
    try:
        act(Crashing(db, after))
    except Crash:
        return True
    return False
