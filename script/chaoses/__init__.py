"""What a bad day brings, made on purpose: each row kills, refuses or floods, and then counts."""
