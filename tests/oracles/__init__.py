"""Ours against implementations that are not ours; see package.json."""
