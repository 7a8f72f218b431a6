"""A world on loopback to test against: WeChat, its wallet, Alipay and the identity check."""
