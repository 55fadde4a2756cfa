"""What each fact that access tells does to the regions of an organisation, in access's codes."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Change: TypeAlias = Callable[[dict[str, Any], Mapping[str, Any]], None]


def _stands(state: str) -> Change:
    def change(regions: dict[str, Any], _: Mapping[str, Any]) -> None:
        regions["organisation"] = state

    return change


def _entered(state: str, duties: str) -> Change:
    def change(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
        regions.update(
            organisation=state, duties=sorted(data[duties]), terms=0, workers={}, keys={}
        )

    return change


def _duties(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
    regions["duties"] = sorted(data["duties"])


def _vetted(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
    regions["organisation"] = "vetted"
    _duties(regions, data)


def _terms(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
    regions["terms"] = data["terms"]


def _added(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
    regions["workers"][data["worker"]] = {"state": "active", "duties": sorted(data["duties"])}


def _entrusted(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
    regions["workers"][data["worker"]]["duties"] = sorted(data["duties"])


def _worker(state: str) -> Change:
    def change(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
        regions["workers"][data["worker"]]["state"] = state

    return change


def _registered(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
    regions["keys"][data["key"]] = "registered"


def _revoked(regions: dict[str, Any], data: Mapping[str, Any]) -> None:
    if data["key"] not in regions["keys"]:
        raise KeyError(data["key"])
    regions["keys"][data["key"]] = "revoked"


ACCESS: Final[Mapping[str, Change]] = {
    "nrm.access.organisation-applied": _entered("applied", "asked"),
    "nrm.access.organisation-imported": _entered("vetted", "duties"),
    "nrm.access.organisation-vetted": _vetted,
    "nrm.access.organisation-declined": _stands("declined"),
    "nrm.access.organisation-activated": _stands("active"),
    "nrm.access.organisation-restored": _stands("active"),
    "nrm.access.organisation-suspended": _stands("suspended"),
    "nrm.access.organisation-duties-set": _duties,
    "nrm.access.terms-accepted": _terms,
    "nrm.access.worker-added": _added,
    "nrm.access.worker-duties-set": _entrusted,
    "nrm.access.worker-suspended": _worker("suspended"),
    "nrm.access.worker-restored": _worker("active"),
    "nrm.access.key-registered": _registered,
    "nrm.access.key-revoked": _revoked,
}
