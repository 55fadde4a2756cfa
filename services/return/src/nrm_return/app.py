"""What the return service is made of; the only place where it is put together."""

from nrm_contracts import returns as told
from nrm_contracts.consent_codes import LegalGround
from nrm_contracts.ids import PersonId
from nrm_pages.desk_app import mount
from nrm_return.api import routers
from nrm_return.codec import CODEC
from nrm_return.documents import DOCUMENTS
from nrm_return.domain import case
from nrm_return.handlers import HEARS
from nrm_return.models import metadata
from nrm_return.projections import project
from nrm_return.publishing import regions, tell
from nrm_return.ui import DESK
from nrm_runtime.service import Erasure, Service
from nrm_runtime.store.machine import Machine

NAME = "return"


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
    named = erasure.ground in set(LegalGround)
    ground = LegalGround(erasure.ground) if named else None
    return told.PersonErased(person=PersonId(erasure.person), ground=ground)
