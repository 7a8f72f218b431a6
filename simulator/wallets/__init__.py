"""The wallets of the simulated world, WeChat Pay, Alipay and UnionPay, and their controls."""
