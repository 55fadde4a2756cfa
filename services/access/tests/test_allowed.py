"""The table of what each state allows is what `decide` does: every state × every command."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

import pytest

from nrm_access.domain import commands as ask
from nrm_access.domain import organisation as machine
from nrm_access.domain import states as at
from nrm_access.domain.values import TERMS_NOW
from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty
from nrm_runtime.core import Refused
from nrm_runtime.testing.given import Given
from services.access.tests.given import (
    BEN,
    NEW,
    VETTER,
    active,
    applied,
    command,
    declined,
    entering,
    key,
    nothing,
    suspended,
    vetted,
)

GIVEN: Mapping[type[Any], Callable[[], Given[Any, Any]]] = {
    at.Unknown: nothing,
    at.Applied: applied,
    at.Declined: declined,
    at.Vetted: vetted,
    at.Active: active,
    at.Suspended: suspended,
}
NOBODY = frozenset[Duty]()
ASKED = (
    entering(),
    entering(ask.ImportOrganisation),
    command(ask.VetOrganisation, VETTER, duties=NOBODY),
    command(ask.DeclineOrganisation, VETTER, reason=DeclineOfVetting.TWICE),
    command(ask.AcceptTerms, VETTER, terms=TERMS_NOW),
    command(ask.SuspendOrganisation, VETTER, reason=SuspensionReason.SAFETY),
    command(ask.RestoreOrganisation, VETTER),
    command(ask.SetOrganisationDuties, VETTER, duties=NOBODY),
    command(ask.AddWorker, VETTER, worker=NEW, duties=NOBODY),
    command(ask.SetDuties, VETTER, worker=BEN, duties=NOBODY),
    command(ask.SuspendWorker, VETTER, worker=BEN, reason=SuspensionReason.LEFT),
    command(ask.RestoreWorker, VETTER, worker=BEN),
    command(ask.RegisterKey, VETTER, key=key("2")),
    command(ask.RevokeKey, VETTER, key=key().key),
)


def test_every_state_and_every_command_is_tried() -> None:
    assert set(get_args(at.State)) == set(GIVEN) == set(machine.ALLOWED)
    assert {type(one) for one in ASKED} == frozenset().union(*machine.ALLOWED.values())


@pytest.mark.parametrize("asked", ASKED, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("state", GIVEN, ids=lambda one: one.__name__)
def test_a_state_allows_what_its_table_says(state: type[Any], asked: Any) -> None:
    given = GIVEN[state]()
    assert isinstance(given.state, state)
    code = ""
    try:
        given.when(asked)
    except Refused as refused:
        code = refused.code
    assert (code != "out-of-order") == (type(asked) in machine.ALLOWED[state])
