"""What a token may be good for, and the one question that every door asks."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from nrm_runtime.access.principal import Principal

READ: Final = "case:read"
WRITE: Final = "case:write"
OPERATE: Final = "operate"
AUDIT: Final = "audit"
APPLY: Final = "apply"  # bring in the application of an organisation that is not known yet
JOIN: Final = "join"  # of an organisation that was vetted and has not accepted the terms yet
ISSUE: Final = "issue"  # of an issuer of tokens: who may get which
SCOPES: Final = frozenset({READ, WRITE, OPERATE, AUDIT, APPLY, JOIN, ISSUE})


@dataclass(frozen=True, slots=True)
class Allow:
    """The principal may."""


@dataclass(frozen=True, slots=True)
class Deny:
    """The principal may not; `code` never changes, `why` names no one."""

    code: str
    why: str


Answer: TypeAlias = Allow | Deny


def may(principal: Principal, *scopes: str, duty: str | None = None) -> Answer:
    """Say whether the principal holds one of `scopes` and, where named, the `duty`.

    Without any scope the answer is no: what nobody declared is open to nobody.
    """
    if principal.scopes.isdisjoint(scopes):
        return Deny("scope-missing", "The token is not good for this.")
    if duty is not None and duty not in principal.duties:
        return Deny("duty-missing", "The organisation has not entrusted this to the worker.")
    return Allow()
