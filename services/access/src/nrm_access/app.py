"""What the access service is made of; the only place where it is put together."""

from typing import cast
from uuid import UUID

from nrm_access.api import routers
from nrm_access.codec import CODEC
from nrm_access.domain import organisation
from nrm_access.domain.commands import About
from nrm_access.models import metadata
from nrm_access.projections import project
from nrm_access.publishing import regions, tell
from nrm_access.tasks.seeds import run_seeds
from nrm_access.ui import DESK
from nrm_pages.desk_app import mount
from nrm_runtime.core import Command
from nrm_runtime.service import Service
from nrm_runtime.store.machine import Machine
from nrm_runtime.store.streams import stream_id

NAME = "access"
MACHINE = "organisation"


def service() -> Service:
    """Put the service together."""
    return Service(
        name=NAME,
        machine=Machine(
            service=NAME,
            name=MACHINE,
            initial=organisation.initial,
            decide=organisation.decide,
            evolve=organisation.evolve,
            codec=CODEC,
            tell=tell,
            clocks=organisation.clocks,
            project=project,
            stream=_stream,
        ),
        tables=metadata,
        routers=routers(),
        mounts=(mount(DESK),),
        regions=regions,
        worker_tasks=(run_seeds,),
    )


def _stream(_case: UUID, command: Command) -> UUID:
    return stream_id(NAME, MACHINE, cast("About", command).organisation)
