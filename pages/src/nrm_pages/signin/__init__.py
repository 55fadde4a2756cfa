"""Signing in: an OIDC relying party with sessions that live in the service's own database."""
