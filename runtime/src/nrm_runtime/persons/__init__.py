"""Private documents: one key per person and service, each read recorded, erasable for good."""
