"""The informed, assessed and received journey home, and its follow-up."""
