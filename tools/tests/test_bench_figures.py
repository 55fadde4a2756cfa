"""The figures of a run are said as they are."""

import json
from pathlib import Path

import pytest

from tools.bench.figures import AIMS, REQUIRED, Aim, Figures, quantile, table

NEVER_MEASURED = "rss_mb_referral_web"


def full() -> Figures:
    """Figures with a value for everything that is owed."""
    figures = Figures()
    for number, key in enumerate(REQUIRED):
        figures.add(key, 100.0 + number)
    for clients in (1, 32):
        figures.add(f"append_sqlalchemy_per_s_{clients}", 1_000)
        figures.add(f"append_asyncpg_per_s_{clients}", 2_000)
    figures.delays("e2e_accept_answered", "ms", [0.01, 0.02])
    figures.delays("e2e_accept_to_assistance", "ms", [0.05, 0.06])
    figures.delays("e2e_accept_to_checkpoint", "ms", [0.3, 0.4])
    figures.add("e2e_rate_asked_per_s", 50)
    figures.add("e2e_rate_held_per_s", 49.9)
    return figures


@pytest.mark.parametrize(
    ("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1)]
)
def test_a_quantile_is_a_value_that_so_many_do_not_exceed(share: float, value: float) -> None:
    assert quantile([float(n) for n in range(100, 0, -1)], share) == value


def test_a_quantile_of_one_value_is_that_value() -> None:
    assert quantile([7.0], 0.99) == 7.0


def test_of_several_rounds_the_median_counts() -> None:
    figures = Figures()
    for value in (10.0, 500.0, 12.0):
        figures.add("hear_per_s", value)
    assert figures.numbers == {"hear_per_s": 12.0}


def test_delays_are_written_in_milliseconds() -> None:
    figures = Figures()
    figures.delays("api_handoff", "ms_8", [0.001 * n for n in range(1, 101)])
    assert figures.numbers == {
        "api_handoff_p50_ms_8": 50.0,
        "api_handoff_p95_ms_8": 95.0,
        "api_handoff_p99_ms_8": 99.0,
    }


def test_the_file_is_one_flat_object_of_numbers(tmp_path: Path) -> None:
    full().write(tmp_path / "home" / "bench.json")
    said = json.loads((tmp_path / "home" / "bench.json").read_text())
    assert set(REQUIRED) <= said.keys()
    assert all(isinstance(value, int | float) for value in said.values())


def test_what_was_not_measured_is_named() -> None:
    figures = full()
    del figures.rounds["hear_per_s"]
    assert figures.missing() == ["hear_per_s"]
    assert full().missing() == []


def test_a_share_is_judged_beside_what_it_is_a_share_of() -> None:
    aim = Aim("api", least=0.25, of="append")
    assert aim.met({"api": 251, "append": 1_000})
    assert not aim.met({"api": 249, "append": 1_000})
    assert "MISSED" in aim.said({"api": 249, "append": 1_000})


def test_a_delay_is_judged_by_what_it_may_be_at_most() -> None:
    aim = Aim("delay", most=250)
    assert aim.met({"delay": 249})
    assert not aim.met({"delay": 250})


def test_the_table_shows_every_aim_and_every_figure_that_is_owed() -> None:
    shown = table(full().numbers)
    for aim in AIMS:
        assert aim.key in shown
    assert "signed checkpoint" in shown
    assert "did not hold" not in shown


def test_a_machine_that_does_not_hold_the_rate_is_said_so() -> None:
    figures = full()
    figures.rounds["e2e_rate_held_per_s"] = [31.0]
    assert "did not hold 50 hand-offs per second" in table(figures.numbers)


def test_memory_is_shown_for_each_process() -> None:
    figures = full()
    assert "referral web" not in table(figures.numbers)
    figures.add(NEVER_MEASURED, 81.0)
    assert "referral web" in table(figures.numbers)
