"""What a page offers on an organisation, a worker or a key, by what it shows and who asks.

It says who may ask and in which state; a refusal that needs more than is shown comes by the door.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from nrm_access.domain.values import TERMS_NOW
from nrm_contracts.codes import Duty
from nrm_runtime.access import Principal

Shown = Mapping[str, Any]

MANAGED: Final = frozenset({"vetted", "active", "suspended"})
STAFFED: Final = MANAGED - {"suspended"}


def on_organisation(one: Shown, asking: Principal) -> Collection[str]:
    """Say what may be done to an organisation."""
    state = one["state"]
    found: set[str] = set()
    if _vets(one, asking):
        found |= _by_vetter(state)
    if _administers(one, asking) and state in STAFFED:
        found |= {"set_organisation_duties", "register_key"}
        if one["terms"] < TERMS_NOW:
            found.add("accept_terms")
    if _is_own(one, asking) and _entrusts(one, asking):
        found.add("add_worker")
    return found


def on_worker(worker: Shown, asking: Principal) -> Collection[str]:
    """Say what may be done to a worker; `of` is the organisation."""
    if not _entrusts(worker["of"], asking):
        return ()
    return ("set_duties", "restore_worker" if worker["suspended"] else "suspend_worker")


def on_key(key: Shown, asking: Principal) -> Collection[str]:
    """Say what may be done to a key; `of` is the organisation."""
    one = key["of"]
    own = _administers(one, asking) and one["state"] in STAFFED
    outside = _vets(one, asking) and one["state"] in MANAGED
    return ("revoke_key",) if key["revoked_at"] is None and (own or outside) else ()


def _by_vetter(state: str) -> set[str]:
    match state:
        case "applied":
            return {"vet_organisation", "decline_organisation"}
        case "vetted":
            return {"decline_organisation", "set_organisation_duties", "register_key"}
        case "active":
            return {"suspend_organisation", "set_organisation_duties", "register_key"}
        case "suspended":
            return {"restore_organisation", "set_organisation_duties", "register_key"}
        case _:
            return set()


def _entrusts(one: Shown, asking: Principal) -> bool:
    """Say whether one may change the workers of an organisation."""
    if _is_own(one, asking):
        granting = {Duty.ADMINISTER, Duty.VET_ORGANISATIONS} & asking.duties
        return bool(granting) and one["state"] in STAFFED
    return _vets(one, asking) and one["state"] in MANAGED


def _is_own(one: Shown, asking: Principal) -> bool:
    return bool(one["organisation"] == str(asking.organisation))


def _administers(one: Shown, asking: Principal) -> bool:
    return _is_own(one, asking) and Duty.ADMINISTER in asking.duties


def _vets(one: Shown, asking: Principal) -> bool:
    """Say whether one is a national administrator of the country, from another organisation."""
    entrusted = Duty.VET_ORGANISATIONS in asking.duties
    return entrusted and not _is_own(one, asking) and bool(one["country"] == asking.country)
