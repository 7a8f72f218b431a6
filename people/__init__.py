"""Residents, companies and their agents, operators: who they are, what they may do."""
