"""How to run, ship and measure the platform."""
