"""What the official account answers when a resident writes, taps or scans."""
