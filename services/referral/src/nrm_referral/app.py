"""What the referral service is made of; the only place where it is put together."""

import os
from uuid import UUID

from nrm_contracts import cases as told
from nrm_contracts.consent_codes import LegalGround
from nrm_contracts.ids import PersonId
from nrm_contracts.organisations import organisations
from nrm_pages.desk_app import mount
from nrm_referral.api import routers
from nrm_referral.codec import CODEC
from nrm_referral.documents import DOCUMENTS
from nrm_referral.domain import case
from nrm_referral.handlers import hears
from nrm_referral.models import metadata
from nrm_referral.projections import project
from nrm_referral.publishing import regions, tell
from nrm_referral.ui import DESK
from nrm_runtime.service import Erasure, Service
from nrm_runtime.store.machine import Machine

NAME = "referral"


def service() -> Service:
    """Put the service together."""
    return Service(
        name=NAME,
        machine=Machine(
            service=NAME,
            name="case",
            initial=case.initial,
            decide=case.decide,
            evolve=case.evolve,
            codec=CODEC,
            tell=tell,
            clocks=case.clocks,
            project=project,
        ),
        tables=metadata,
        hears=hears(_agency),
        routers=routers(),
        documents={part: schema for part, (schema, _) in DOCUMENTS.items()},
        regions=regions,
        erased=_erased,
        mounts=(mount(DESK),),
    )


def _agency(country: str) -> UUID | None:
    """Give the national agency of a country by the file of organisations, where there is one."""
    path = os.environ.get("NRM_ORGANISATIONS")
    return organisations(path).agency(country) if path else None


def _erased(erasure: Erasure) -> told.PersonErased:
    known = {ground.value for ground in LegalGround}
    ground = LegalGround(erasure.ground) if erasure.ground in known else None
    return told.PersonErased(person=PersonId(erasure.person), ground=ground)
