"""What may happen to an organisation's part in the mechanism: pure functions, frozen values."""
