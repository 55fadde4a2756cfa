"""Disclosure on a named legal ground: one worker proposes, another approves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from nrm_contracts.ids import WorkerId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import involved, organisation, out_of_order, party
from nrm_referral.domain.states import Opened, Override, OverrideHolds, OverrideOpen
from nrm_runtime.core import Command, Refused, worker

ALLOWED: Mapping[type[object], frozenset[type[Command]]] = {
    OverrideOpen: frozenset({ask.ApproveOverride}),
    OverrideHolds: frozenset(),
}


def propose(case: Opened, command: ask.ProposeOverride) -> tuple[fact.CaseEvent, ...]:
    """Propose a disclosure without consent, on a ground that the law names."""
    acting = party(case, command)
    if command.override in case.overrides:
        raise Refused("out-of-order", "This proposal is recorded already.")
    if not command.categories:
        raise Refused("override-empty", "A proposal names the kinds of data it covers.")
    return (
        fact.OverrideProposed(
            at=command.at,
            override=command.override,
            organisation=acting,
            worker=WorkerId(worker(command).worker),
            ground=command.ground,
            recipient=command.recipient,
            purpose=command.purpose,
            categories=command.categories,
        ),
    )


def approve(case: Opened, command: ask.ApproveOverride) -> tuple[fact.CaseEvent, ...]:
    """Approve as a second worker: of the proposing organisation, of the custodian or the agency."""
    acting = organisation(command)
    override = case.overrides.get(command.override)
    if override is None:
        raise Refused("override-unknown", "This proposal is not recorded in the case.")
    if not isinstance(override, OverrideOpen):
        raise out_of_order(override, command)
    given = override.given
    if acting not in involved(case) | case.agencies | {given.organisation}:
        raise Refused("not-a-party", "Only an organisation that takes part may do this.")
    if worker(command).worker == given.worker:
        raise Refused("same-worker", "Who proposed may not approve.")
    return (
        fact.OverrideApproved(
            at=command.at,
            override=command.override,
            organisation=acting,
            worker=WorkerId(worker(command).worker),
            ground=given.ground,
            recipient=given.recipient,
            purpose=given.purpose,
        ),
    )


def evolve(case: Opened, event: fact.OverrideEvent) -> Opened:
    """Give the case after a fact about a proposal."""
    match event:
        case fact.OverrideProposed():
            after: Override = OverrideOpen(given=event)
        case fact.OverrideApproved():
            after = OverrideHolds(given=case.overrides[event.override].given)
        case _:
            assert_never(event)
    return replace(case, overrides={**case.overrides, event.override: after})
