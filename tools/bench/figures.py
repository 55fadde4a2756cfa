"""The figures of a run: kept as one flat object of numbers, shown as a table with the aims."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.bench.sizes import CLIENTS

REQUIRED: Final = (
    *(f"api_handoff_per_s_{clients}" for clients in CLIENTS),
    *(
        f"api_handoff_{point}_ms_{clients}"
        for clients in CLIENTS
        for point in ("p50", "p95", "p99")
    ),
    "append_sqlalchemy_per_s_8",
    "append_asyncpg_per_s_8",
    *(f"pgbench_insert_per_s_{clients}" for clients in CLIENTS),
    "e2e_accept_to_assistance_p50_ms",
    "e2e_accept_to_assistance_p99_ms",
    "e2e_accept_to_checkpoint_p99_ms",
    "relay_per_s",
    "hear_per_s",
    "sequencer_per_s",
    "replay_verified_per_s",
    "replay_bare_per_s",
    "web_processes",
)


WHOLE_FROM: Final = 1_000


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure should be: `least` or `most`, in its own unit or as a share of `of`."""

    key: str
    least: float | None = None
    most: float | None = None
    of: str | None = None

    def met(self, numbers: Mapping[str, float]) -> bool:
        """Whether it is."""
        value = numbers[self.key] / (numbers[self.of] if self.of else 1.0)
        return value >= self.least if self.least is not None else value < (self.most or 0.0)

    def said(self, numbers: Mapping[str, float]) -> str:
        """Say the aim, how far it was reached, and the figure."""
        value = numbers[self.key]
        verdict = "met" if self.met(numbers) else "MISSED"
        if self.of:
            share = value / numbers[self.of]
            return f"{verdict:<7}{self.key} is {share:.0%} of {self.of}; aim {self.least:.0%}"
        sign, bound = (">=", self.least) if self.least is not None else ("<", self.most)
        return f"{verdict:<7}{self.key} is {value:,.0f}; aim {sign} {bound:,.0f}"


AIMS: Final = (
    Aim("api_handoff_per_s_8", least=0.25, of="append_sqlalchemy_per_s_8"),
    Aim("e2e_accept_to_assistance_p99_ms", most=250),
    Aim("relay_per_s", least=5_000),
    Aim("hear_per_s", least=700),
    Aim("sequencer_per_s", least=9_000),
    Aim("replay_verified_per_s", least=40_000),
    Aim("replay_verified_per_s", least=0.25, of="replay_bare_per_s"),
)


@dataclass(slots=True)
class Figures:
    """What was measured so far; repeated rounds of one key are kept side by side."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, key: str, value: float) -> None:
        """Keep a figure; of several the median counts."""
        self.rounds.setdefault(key, []).append(value)

    def delays(self, prefix: str, unit: str, seconds: Sequence[float]) -> None:
        """Keep p50, p95 and p99 of delays as `<prefix>_p50_<unit>`, in milliseconds."""
        for point in (50, 95, 99):
            self.add(f"{prefix}_p{point}_{unit}", quantile(seconds, point / 100) * 1_000)

    @property
    def numbers(self) -> dict[str, float]:
        """One number per key, three significant places beyond what noise allows."""
        return {key: _rounded(statistics.median(found)) for key, found in self.rounds.items()}

    def write(self, path: Path) -> None:
        """Write them as one flat object of numbers."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.numbers, indent=1, sort_keys=True) + "\n")

    def missing(self) -> list[str]:
        """Name the keys that a run owes and this one does not have."""
        return [key for key in REQUIRED if key not in self.rounds]


def quantile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1_000) // 1_000) - 1)]


def _rounded(value: float) -> float:
    return round(value) if value >= WHOLE_FROM else float(f"{value:.4g}")


def table(numbers: Mapping[str, float]) -> str:
    """Give all figures as a table for people."""
    lines = [*_hand_offs(numbers), "", *_end_to_end(numbers), "", *_rates(numbers), ""]
    lines += [*_memory(numbers), ""]
    lines += [aim.said(numbers) for aim in AIMS]
    return "\n".join(lines)


def _row(title: str, cells: Iterable[str]) -> str:
    return f"{title:<44}" + "".join(f"{cell:>18}" for cell in cells).rstrip()


def _each(numbers: Mapping[str, float], key: str) -> list[str]:
    return [f"{numbers[key.format(clients)]:,.0f}" for clients in CLIENTS]


def _hand_offs(numbers: Mapping[str, float]) -> list[str]:
    delays = [
        " / ".join(f"{numbers[f'api_handoff_{p}_ms_{n}']:.0f}" for p in ("p50", "p95", "p99"))
        for n in CLIENTS
    ]
    shares = [
        f"{numbers[f'api_handoff_per_s_{n}'] / numbers[f'append_sqlalchemy_per_s_{n}']:.0%}"
        for n in CLIENTS
    ]
    web = f"hand-offs through the API, {numbers['web_processes']:.0f} web process"
    return [
        _row("per second", (f"{n} client{'s' * (n > 1)}" for n in CLIENTS)),
        _row(web, _each(numbers, "api_handoff_per_s_{}")),
        _row("  p50 / p95 / p99 in ms", delays),
        _row("  of a bare append by SQLAlchemy", shares),
        _row("one bare append call, SQLAlchemy", _each(numbers, "append_sqlalchemy_per_s_{}")),
        _row("one bare append call, asyncpg", _each(numbers, "append_asyncpg_per_s_{}")),
        _row("single-row insert, pgbench", _each(numbers, "pgbench_insert_per_s_{}")),
    ]


def _end_to_end(numbers: Mapping[str, float]) -> list[str]:
    asked, held = numbers["e2e_rate_asked_per_s"], numbers["e2e_rate_held_per_s"]
    title = f"at {held:.1f} hand-offs per second, in ms"
    rows = {
        "accept over HTTP, answered": "e2e_accept_answered",
        "... to the read model of assistance": "e2e_accept_to_assistance",
        "... to a signed checkpoint": "e2e_accept_to_checkpoint",
    }
    lines = [_row(title, ("p50", "p95", "p99"))]
    for name, key in rows.items():
        cells = (f"{numbers[f'{key}_{point}_ms']:,.0f}" for point in ("p50", "p95", "p99"))
        lines.append(_row(name, cells))
    if held < asked * 0.98:
        lines.append(f"This machine did not hold {asked:.0f} hand-offs per second.")
    return lines


def _rates(numbers: Mapping[str, float]) -> list[str]:
    rows = {
        "relay, outbox rows": "relay_per_s",
        "hearing, acceptances in one worker process": "hear_per_s",
        "sequencer, entries in batches of 500": "sequencer_per_s",
        "replay, verified": "replay_verified_per_s",
        "replay, bare": "replay_bare_per_s",
    }
    lines = ["per second"]
    return lines + [_row(name, [f"{numbers[key]:,.0f}"]) for name, key in rows.items()]


def _memory(numbers: Mapping[str, float]) -> list[str]:
    found = {key: value for key, value in numbers.items() if key.startswith("rss_mb_")}
    lines = ["memory in MB"]
    for key, value in sorted(found.items()):
        lines.append(_row(key.removeprefix("rss_mb_").replace("_", " "), [f"{value:,.0f}"]))
    return lines
