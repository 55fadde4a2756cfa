"""For every test of the workspace: the engines, the order of marks, the skips that are allowed."""

from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["infra.local.fixtures", "tests.system.browser"]

# A busy machine is no fault of the code; a failing example is printed so that it can be kept.
settings.register_profile(
    "nrm", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("nrm")

# What fails fastest comes first: one run goes from plain functions to the whole system.
ORDER = ("integration", "browser", "flow", "fault", "e2e")
ALLOWED_SKIPS = Path(__file__).parent / "tests" / "allowed_skips.txt"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by the slowest mark of each test, keeping the files' own order."""

    def slowest(item: pytest.Item) -> int:
        names = {mark.name for mark in item.iter_markers()}
        return max((place for place, name in enumerate(ORDER, 1) if name in names), default=0)

    items.sort(key=slowest)


def allowed_skips() -> set[str]:
    """The reasons for which a test may be skipped, one a line; `#` begins a remark."""
    lines = (line.strip() for line in ALLOWED_SKIPS.read_text().splitlines())
    return {line for line in lines if line and not line.startswith("#")}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip whose reason is not on the list into a failure."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason not in allowed_skips():
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: skipped for a reason that is not allowed: {reason}"
    return report
