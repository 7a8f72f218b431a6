"""What we do, measured against a named peer in the same run."""
