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

    def writes(self):
        if self.left <= 0:
            raise Crash
        self.left -= 1

    def command(self, asked, **options):
        if asked.keys() & {"insert", "update"}:
            self.writes()
        return self.db.command(asked, **options)

    def __getitem__(self, name):
        return Hand(self, self.db[name])

    def __getattr__(self, name):
        return getattr(self.db, name)


class Hand:
    def __init__(self, owner, rows):
        self.owner, self.rows = owner, rows

    def __getattr__(self, name):
        if name in WRITES:
            self.owner.writes()
        return self.owner if name == "database" else getattr(self.rows, name)


class Meanwhile:
    """A database in which somebody else acts once, just before the first `write` to `rows`."""

    def __init__(self, db, rows, write, act):
        self.db, self.rows, self.write, self.act = db, rows, write, act

    def __getitem__(self, name):
        found = self.db[name]
        return Pause(self, found) if name == self.rows else found

    def __getattr__(self, name):
        return getattr(self.db, name)


class Pause:
    def __init__(self, owner, rows):
        self.owner, self.rows = owner, rows

    def __getattr__(self, name):
        act = self.owner.act
        if act and name == self.owner.write:
            self.owner.act = None
            act()
        return getattr(self.rows, name)


def dies(act, db, after):
    """Whether an act was killed before its n-th write; done otherwise."""
    try:
        act(Crashing(db, after))
    except Crash:
        return True
    return False
