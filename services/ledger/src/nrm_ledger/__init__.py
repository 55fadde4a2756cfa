"""The append-only record of what every service did, which a stranger can verify."""
