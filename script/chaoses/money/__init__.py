"""A town of money: the simulator's wallets and ours, one bill, and all that may befall it."""
