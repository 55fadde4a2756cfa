"""The development identity provider: tokens for the invented organisations of a local copy."""
