"""HTTP of access: organisations, their workers and keys, and the issuer's list."""

from collections.abc import Sequence

from fastapi import APIRouter

from nrm_access.api import entering, issuer, keys, organisations, workers


def routers() -> Sequence[APIRouter]:
    """Give all doors."""
    return (
        entering.router,
        organisations.router,
        workers.router,
        keys.router,
        issuer.router,
    )
