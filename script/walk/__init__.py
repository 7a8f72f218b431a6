"""The journey: a resident's and an operator's whole story, walked over HTTP by a stranger."""
