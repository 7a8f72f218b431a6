"""The outside: whatever speaks HTTP, wakes on a clock, or prints."""
