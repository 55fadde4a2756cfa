"""HTTP of assistance."""

from collections.abc import Sequence

from fastapi import APIRouter

from nrm_assistance import queries
from nrm_assistance.api import cases, findings, helping, papers, way
from nrm_assistance.api.allowed import allowed, answers
from nrm_contracts.assistance import PersonalDataRead
from nrm_pages.acting import acting_router
from nrm_runtime.web.reading import reading_router


def routers() -> Sequence[APIRouter]:
    """Give every door of this service."""
    reading = reading_router(PersonalDataRead, queries.sees)
    return (
        cases.router,
        way.router,
        findings.router,
        helping.router,
        papers.router,
        acting_router(allowed, queries.sees, answers),
        reading,
    )
