"""A world on loopback to test against: WeChat, three wallets and the identity check."""
