"""What the assistance service is made of; the only place where it is put together."""

from nrm_assistance.api import routers
from nrm_assistance.codec import CODEC
from nrm_assistance.documents import DOCUMENTS
from nrm_assistance.domain import case
from nrm_assistance.handlers import HEARS
from nrm_assistance.models import metadata
from nrm_assistance.projections import project
from nrm_assistance.publishing import regions, tell
from nrm_assistance.ui import DESK
from nrm_contracts import assistance as told
from nrm_contracts.consent_codes import LegalGround
from nrm_contracts.ids import PersonId
from nrm_pages.desk_app import mount
from nrm_runtime.service import Erasure, Service
from nrm_runtime.store.machine import Machine

NAME = "assistance"


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
        hears=HEARS,
        routers=routers(),
        mounts=(mount(DESK),),
        documents={part: schema for part, (schema, _) in DOCUMENTS.items()},
        regions=regions,
        erased=_erased,
    )


def _erased(erasure: Erasure) -> told.PersonErased:
    known = {ground.value for ground in LegalGround}
    ground = LegalGround(erasure.ground) if erasure.ground in known else None
    return told.PersonErased(person=PersonId(erasure.person), ground=ground)
