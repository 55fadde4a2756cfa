"""Every public fact that was ever told: the one registry of names and versions."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from nrm_contracts import (
    access,
    assistance,
    cases,
    follow_ups,
    identification,
    notifications,
    referral,
    returns,
)
from nrm_contracts.contract import Contract

MODULES: Mapping[str, tuple[ModuleType, ...]] = MappingProxyType(
    {
        "identification": (identification,),
        "referral": (cases, referral),
        "assistance": (assistance,),
        "return": (returns, follow_ups),
        "notifications": (notifications,),
        "access": (access,),
    }
)
"""The modules of each telling service."""


def facts_of(service: str) -> tuple[type[Contract], ...]:
    """Give every public fact that a service tells, in the order of its modules."""
    return tuple(getattr(module, name) for module in MODULES[service] for name in module.__all__)


CATALOGUE: Mapping[tuple[str, int], type[Contract]] = MappingProxyType(
    {(fact.name, fact.version): fact for service in MODULES for fact in facts_of(service)}
)
"""Wire name and version to the model that reads it."""

__all__ = ["CATALOGUE", "MODULES", "facts_of"]
