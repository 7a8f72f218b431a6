"""What the simulated wallets owe to the service."""
