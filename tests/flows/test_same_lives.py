"""The lives are the same in each run: no order of a set, no clock, no other chance decides."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.flow

ROOT: Final = Path(__file__).parents[2]
LIVES: Final = 6
ASK: Final = f"""
from tests.flows import test_mechanism as these
these.run({LIVES})
print(*these.lives)
"""


def digests(hash_seed: str) -> list[str]:
    """Live some lives in a process of their own, which orders its sets in its own way."""
    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", ASK],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    return told.stdout.split()


def test_the_same_happens_whatever_the_order_of_sets() -> None:
    first = digests("1")
    assert len(set(first)) >= LIVES // 2, "the lives hardly differ from each other"
    assert digests("2") == first
