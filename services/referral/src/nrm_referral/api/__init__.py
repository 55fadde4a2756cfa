"""HTTP of referral."""

from collections.abc import Sequence

from fastapi import APIRouter

from nrm_contracts.cases import PersonalDataRead
from nrm_referral import queries
from nrm_referral.api import cases, closings, consents, directory, offers, overrides, referrals
from nrm_referral.api.packets import packet_routers
from nrm_runtime.web.reading import reading_router


def routers() -> Sequence[APIRouter]:
    """Give every door of this service."""
    return (
        cases.router,
        consents.router,
        overrides.router,
        offers.router,
        referrals.router,
        *packet_routers(),
        closings.router,
        directory.router,
        reading_router(PersonalDataRead, queries.sees),
    )
