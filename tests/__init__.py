"""What we promise, in sentences."""
