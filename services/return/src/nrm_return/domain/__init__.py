"""What may happen to a return: pure functions over frozen values."""
