"""From a first signal to a formal decision: who may be a victim, who says so, on which grounds."""
