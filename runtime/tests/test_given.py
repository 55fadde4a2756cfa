"""Given a history, when a command comes, then these events."""

import pytest

from nrm_runtime.core import Automatic, FallDue
from nrm_runtime.testing.clock import BEGINNING
from nrm_runtime.testing.given import given
from runtime.tests import toy
from runtime.tests.acts import COOK, empty, fill

FILLED = toy.Filled(at=BEGINNING, litres=2, organisation=COOK.organisation)


def test_it_produces() -> None:
    assert given(toy, FILLED).when(empty()) == (toy.Emptied(at=BEGINNING),)
    assert given(toy).after(fill(2), fill(3)).state.litres == 5


def test_it_refuses_with_that_code_and_no_other() -> None:
    too_much = fill(toy.LITRES_MAX)
    given(toy, FILLED).refuses(too_much, "too-full")
    with pytest.raises(AssertionError, match="too-full"):
        given(toy, FILLED).refuses(too_much, "too-empty")
    with pytest.raises(AssertionError, match="Filled"):
        given(toy).refuses(fill(), "too-full")


def test_it_stays_quiet() -> None:
    given(toy).stays_quiet(empty())
    due = FallDue(id=fill().id, by=Automatic(service="toy"), at=BEGINNING, name="boil:RO@1")
    with pytest.raises(AssertionError):
        given(toy).stays_quiet(due)
