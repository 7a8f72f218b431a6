"""Money: bills, attempts at a wallet, settlement, and what could not be settled."""
