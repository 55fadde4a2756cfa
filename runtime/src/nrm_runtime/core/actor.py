"""Who acts: a worker of an organisation, or a service by itself."""

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A person who acts for an organisation; `worker` is a pseudonymous id it registered.

    `country` is ISO 3166-1 alpha-2, `kind` the code of the organisation's type, `duties` what
    the organisation entrusted to this worker.
    """

    organisation: UUID
    worker: UUID
    country: str
    kind: str
    duties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """A policy or a deadline of a service. It never counts as an approver."""

    service: str


Actor: TypeAlias = Worker | Automatic
