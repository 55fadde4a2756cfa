"""`make bench`: how fast the system is, beside what bounds it, measured in one run."""
