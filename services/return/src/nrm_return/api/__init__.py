"""HTTP of return."""

from collections.abc import Sequence

from fastapi import APIRouter

from nrm_contracts.returns import PersonalDataRead
from nrm_pages.acting import acting_router
from nrm_return import queries
from nrm_return.api import cases, file, follow_up, journey, risk
from nrm_return.api.allowed import allowed, answers
from nrm_runtime.web.reading import reading_router


def routers() -> Sequence[APIRouter]:
    """Give every door of this service."""
    reading = reading_router(PersonalDataRead, queries.sees)
    return (
        cases.router,
        file.router,
        risk.router,
        journey.router,
        follow_up.router,
        acting_router(allowed, queries.sees, answers),
        reading,
    )
