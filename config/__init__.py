"""What differs between places: settings from the environment, and data a civil servant may edit."""
