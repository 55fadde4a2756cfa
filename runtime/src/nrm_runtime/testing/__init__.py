"""Bricks for tests; never imported by anything that runs."""
