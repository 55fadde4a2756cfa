"""For the tests that span packages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import whole
from tests.system.whole import System


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def copies() -> Iterator[list[System]]:
    """The whole copies that this run started; one is up at a time."""
    started: list[System] = []
    yield started
    for each in started:
        each.stop()


@pytest.fixture
def system(copies: list[System]) -> System:
    """A whole copy of the system that is up: the one of this run, or a new one if that fell."""
    if not copies or not copies[-1].running:
        copies.append(whole.start())
    return copies[-1]
