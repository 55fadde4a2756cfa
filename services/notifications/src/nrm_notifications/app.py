"""What the notifications service is made of; the only place where it is put together."""

from typing import cast
from uuid import UUID

from nrm_contracts import notifications as told
from nrm_contracts.ids import PersonId
from nrm_notifications.api import router
from nrm_notifications.codec import CODEC
from nrm_notifications.domain import notice
from nrm_notifications.domain.commands import About
from nrm_notifications.handlers import HEARS
from nrm_notifications.models import metadata
from nrm_notifications.projections import project
from nrm_notifications.publishing import regions, tell
from nrm_notifications.tasks.deliver import run_deliveries
from nrm_notifications.ui import DESK
from nrm_pages.desk_app import mount
from nrm_runtime.core import Command
from nrm_runtime.service import Erasure, Service
from nrm_runtime.store.machine import Machine
from nrm_runtime.store.streams import stream_id

NAME = "notifications"


def service() -> Service:
    """Put the service together."""
    return Service(
        name=NAME,
        machine=Machine(
            service=NAME,
            name="notice",
            initial=notice.initial,
            decide=notice.decide,
            evolve=notice.evolve,
            codec=CODEC,
            tell=tell,
            clocks=notice.clocks,
            project=project,
            stream=_stream,
        ),
        tables=metadata,
        hears=HEARS,
        routers=(router,),
        mounts=(mount(DESK),),
        regions=regions,
        erased=_erased,
        worker_tasks=(run_deliveries,),
    )


def _stream(_case: UUID, command: Command) -> UUID:
    return stream_id(NAME, "notice", cast("About", command).notice)


def _erased(erasure: Erasure) -> told.PersonErased:
    return told.PersonErased(person=PersonId(erasure.person))
