"""What the identification service is made of; the only place where it is put together."""

from nrm_contracts import identification as told
from nrm_contracts.consent_codes import LegalGround
from nrm_contracts.ids import PersonId
from nrm_identification.api import routers
from nrm_identification.codec import CODEC
from nrm_identification.documents import DOCUMENTS
from nrm_identification.domain import case
from nrm_identification.handlers import HEARS
from nrm_identification.models import metadata
from nrm_identification.projections import project
from nrm_identification.publishing import regions, tell
from nrm_identification.ui import DESK
from nrm_pages.desk_app import mount
from nrm_runtime.service import Erasure, Service
from nrm_runtime.store.machine import Machine

NAME = "identification"


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
        documents={part: schema for part, (schema, _) in DOCUMENTS.items()},
        regions=regions,
        erased=_erased,
        mounts=(mount(DESK),),
    )


def _erased(erasure: Erasure) -> told.PersonErased:
    known = {ground.value for ground in LegalGround}
    ground = LegalGround(erasure.ground) if erasure.ground in known else None
    return told.PersonErased(person=PersonId(erasure.person), ground=ground)
