"""HTTP of identification."""

from collections.abc import Sequence

from fastapi import APIRouter

from nrm_contracts.identification import PersonalDataRead
from nrm_identification import queries
from nrm_identification.api import reflection, signals, status
from nrm_identification.api.allowed import allowed
from nrm_pages.acting import acting_router
from nrm_runtime.web.reading import reading_router


def routers() -> Sequence[APIRouter]:
    """Give every door of this service."""
    reading = reading_router(PersonalDataRead, queries.sees)
    acting = acting_router(allowed, queries.sees, queries.answers)
    return (signals.router, status.router, reflection.router, acting, reading)
