"""The WeChat half of the simulator, asked over HTTP as the service asks it."""
