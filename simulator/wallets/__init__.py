"""The wallets of the simulated world: WeChat Pay APIv3 and Alipay, their notices and controls."""
