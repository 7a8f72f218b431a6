"""A finance bureau that holds notices in memory, and the scenes in which it is owed a word."""

from dataclasses import replace

from payments import bills, fiscal
from payments.wallets.nontax import Levy
from payments.wallets.wallet import Proof


class Bureau:
    """What `payments.wallets.nontax.Finance` speaks to, without the wire; all of it once."""

    def __init__(self):
        self.levies, self.returned = {}, {}

    def issue(self, bill, title, items, amount):
        return self.levies.setdefault(f"C{bill}", Levy(f"C{bill}", "unpaid", amount))

    def query(self, code):
        return self.levies[code]

    def confirm(self, code, bill, paid):
        known = self.levies[code]
        self.levies[code] = replace(known, state="paid", transaction=paid.transaction)
        return self.levies[code]

    def reverse(self, code, refund, amount):
        self.returned[refund] = amount
        return self.levies[code]

    def pay(self, bill, amount):
        """Have a bank take money on the notice of a bill."""
        known, proof = self.levies[f"C{bill}"], Proof("query", "0" * 64, "s")
        paid = {"amount": amount, "transaction": f"B{bill}", "proof": proof}
        self.levies[known.code] = replace(known, state="paid", **paid)

    def void(self, code):
        self.levies[code] = replace(self.levies[code], state="void")
        return self.levies[code]


def owed(town, number):
    """Finance comes to town, and is owed a word about a bill."""
    town.runtime = replace(town.runtime, finance=Bureau())
    fiscal.wake(town.db, number)
    return number, {"bill": number}


def scenes(issued, told):
    """From these on there is a bureau in town, so they come last."""
    return ("fiscal.go", cancelled(issued)), ("fiscal.go", given_back(told))


def cancelled(issued):
    def scene(town):
        number, _ = issued(town)
        bills.cancel(town.db, number, by="system")
        return owed(town, number)

    return scene


def given_back(told):
    """A bill that was paid and given back whole: told of, confirmed, reversed."""

    def scene(town):
        return owed(town, told(town)[0])

    return scene
