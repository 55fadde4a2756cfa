"""How much one test does: all kinds of a fault in one go, or, when all is asked for, each alone."""

import os
from collections.abc import Sequence
from typing import Any, Final

import pytest

FULL: Final = os.environ.get("NRM_FULL", "") not in {"", "0"}


def portions(kinds: Sequence[str]) -> list[Any]:
    """Give the parameters of a test: every kind once, together or (`make test FULL=1`) alone."""
    if FULL:
        return [pytest.param((kind,), id=kind) for kind in kinds]
    return [pytest.param(tuple(kinds), id="all")]
