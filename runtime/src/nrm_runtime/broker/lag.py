"""Figures about this process that operators watch, and how they are written for a scraper.

Lag is counted from the real-clock instant in the header of the oldest message not yet settled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

Labels: TypeAlias = tuple[tuple[str, str], ...]

HEARD_LAG_S: Final = "nrm_heard_lag_seconds"
HEARD_LAG: Final = "nrm_heard_lag_messages"
HEARD: Final = "nrm_heard_total"
TOLD: Final = "nrm_told_total"
STOPPED_KEYS: Final = "nrm_relay_stopped_keys"
ELECTED: Final = "nrm_relay_elected"
AWAY: Final = "nrm_engine_away"


@dataclass(slots=True)
class Figures:
    """Numbers by name and labels; the last one set holds."""

    values: dict[tuple[str, Labels], float] = field(default_factory=dict)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a figure; labels are topics and partitions, never a case."""
        self.values[name, tuple(sorted(labels.items()))] = value

    def text(self) -> str:
        """Write all figures in the text format of Prometheus."""
        lines = [
            f"{name}{_braces(dict(labels))} {value:g}"
            for (name, labels), value in sorted(self.values.items())
        ]
        return "\n".join([*lines, ""])


def lag_s(oldest: datetime | None, now: datetime | None = None) -> float:
    """Give the age (seconds, real clock) of the oldest message not yet settled, or 0."""
    if oldest is None:
        return 0.0
    return max(0.0, ((now or datetime.now(UTC)) - oldest).total_seconds())


def _braces(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
