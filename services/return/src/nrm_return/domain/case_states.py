"""The state of one case in return: what was heard, its returns, and whether it is closing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from nrm_contracts.ids import ClosingId, ReturnId
from nrm_return.domain.known import Known
from nrm_return.domain.states import Return


@dataclass(frozen=True, slots=True)
class Working:
    """The case is worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A closing was proposed and answered; nothing new is opened until it is over."""

    closing: ClosingId


@dataclass(frozen=True, slots=True)
class Closed:
    """The case is closed until it is reopened."""


ClosingRegion: TypeAlias = Working | Closing | Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case; it exists here as soon as anything was heard or asked."""

    known: Known = field(default_factory=Known)
    returns: Mapping[ReturnId, Return] = field(default_factory=dict)
    closing: ClosingRegion = Working()
