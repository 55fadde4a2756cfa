"""The commands, one file per word."""
