"""Where an organisation stands: one class per state."""

from dataclasses import dataclass
from typing import TypeAlias

from nrm_access.domain.values import Organisation


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody has heard of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """It waits for a national administrator."""

    of: Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """It may not take part; it may apply anew under another id."""

    of: Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetted:
    """It may take part once its administrator has accepted the terms."""

    of: Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """It takes part."""

    of: Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """Nobody of it may act for now."""

    of: Organisation


Known: TypeAlias = Applied | Declined | Vetted | Active | Suspended
State: TypeAlias = Unknown | Known
