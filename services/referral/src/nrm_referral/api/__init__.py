"""HTTP of referral."""

from collections.abc import Sequence

from fastapi import APIRouter

from nrm_contracts.cases import PersonalDataRead
from nrm_pages.acting import acting_router
from nrm_referral import queries
from nrm_referral.api import (
    cases,
    closings,
    consents,
    directory,
    offers,
    overrides,
    packets,
    referrals,
)
from nrm_referral.api.allowed import allowed
from nrm_runtime.web.reading import reading_router


def routers() -> Sequence[APIRouter]:
    """Give every door of this service."""
    return (
        cases.router,
        consents.router,
        overrides.router,
        offers.router,
        referrals.router,
        packets.router,
        packets.keys,
        closings.router,
        directory.router,
        acting_router(allowed, queries.sees, queries.answers),
        reading_router(PersonalDataRead, queries.sees),
    )
