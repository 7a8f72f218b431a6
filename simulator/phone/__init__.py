"""The phone a developer looks at: its page, and its two browsers in front of our pages."""
