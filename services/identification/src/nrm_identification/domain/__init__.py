"""What identification decides: signs, victim status, rights, recovery and reflection."""
