"""The regions of a case at a moment, in words: rebuilt from the entries by the pure fold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from nrm_ledger.domain.regions import replay
from nrm_ledger.ui.reading import Found, name_of, service
from nrm_pages.seat import Seat
from nrm_pages.words import t
from nrm_pages.words.catalogues import maybe

# The code lists in whose words a region is shown, by its path; `*` stands for an id.
FAMILIES: Final[Mapping[str, str]] = {
    "identification": "Identification",
    "reflection": "Reflection",
    "age": "AgeBand",
    "case": "CaseState",
    "closing": "ClosingState",
    "consents.*.state": "ConsentState",
    "overrides.*": "OverrideState",
    "referrals.*.state": "ReferralState",
    "assistances.*.state": "AssistanceState",
    "assistances.*.immediate": "ImmediateState",
    "assistances.*.risk": "RiskLevel",
    "assistances.*.supports.*": "SupportState",
    "returns.*.state": "ReturnState",
    "returns.*.follow_up": "FollowUpState",
}
OFFICES: Final = frozenset({"custodian", "sender", "receiver", "organisation"})
MANY_OFFICES: Final = frozenset({"waiting", "confirmed"})
MANY: Final = ("consents", "overrides", "referrals", "assistances", "supports", "returns")
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class State:
    """The regions of one service: its name, how many entries they follow from, rows of words."""

    service: str
    seq: int
    rows: Sequence[tuple[str, str]]


def in_time(found: Sequence[Found]) -> list[Found]:
    """Put entries in the order in which their services stored them."""
    return sorted(found, key=lambda one: (one.line.recorded_at, one.index))


def states(seat: Seat, case: UUID, found: Sequence[Found]) -> list[State]:
    """Rebuild every region from entries alone. Raises `Unfoldable` where one of them misses."""
    replayed = replay(case, [one.line for one in found])
    return [
        State(service(name), one.seq, list(_rows(seat, one.regions, (), ())))
        for name, one in replayed.items()
    ]


def _rows(
    seat: Seat, regions: Mapping[str, Any], path: tuple[str, ...], words: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for number, (name, value) in enumerate(regions.items(), 1):
        named = bool(path) and path[-1] in MANY
        here = (*path, "*" if named else name)
        label = t(f"region.one.{path[-1]}", number=number) if named else t(f"region.{name}")
        if isinstance(value, Mapping):
            if value:
                own = (*words, label) if named else words
                yield from _rows(seat, value, here, own)
            else:
                yield _joined(words, label), t("region.none_yet")
        else:
            yield _joined(words, label), _value(seat, here, value)


def _joined(words: tuple[str, ...], label: str) -> str:
    return " · ".join((*words, label))


def _value(seat: Seat, path: tuple[str, ...], value: Any) -> str:  # noqa: ANN401 - any code
    name = path[-1]
    if name in MANY_OFFICES:
        return ", ".join(name_of(seat, each) for each in value) or t("region.nobody")
    if isinstance(value, list):
        return str(len(value))
    if name in OFFICES:
        return name_of(seat, str(value))
    family = FAMILIES.get(".".join(path))
    if family is not None and (words := maybe(f"code.{family}.{value}")):
        return words
    return t("region.none_yet") if value == NONE else t("region.agreed")
