"""What every command and every private event carries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nrm_runtime.core.actor import Actor, Worker
from nrm_runtime.core.refused import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Asks a machine for something. Identity, actor and time come in from the edge.

    `at` is the instant (UTC) at which it happens. A repeated `id` has no second effect.
    """

    id: UUID
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FallDue(Command):
    """The deadline called `name` has been reached; `at` is the instant it was due."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A private fact of one stream; `at` is when it happened (UTC), not when it was recorded."""

    at: datetime


def worker(command: Command) -> Worker:
    """Give the worker behind a command.

    Raises `Refused("worker-required")` when a service acts by itself.
    """
    if not isinstance(command.by, Worker):
        raise Refused("worker-required", "Only a worker of an organisation may do this.")
    return command.by
