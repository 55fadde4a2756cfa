"""A case's beginning, its age path, its links, and how it is taken up again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from nrm_contracts.ids import OrganisationId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import organisation, out_of_order
from nrm_referral.domain.states import (
    Closed,
    NoClosing,
    Open,
    Opened,
    Reopened,
    Tenure,
    Unopened,
)
from nrm_runtime.core import Command, FallDue, Refused

HEARD: frozenset[type[Command]] = frozenset(
    {
        ask.OpenCase,
        ask.NoteAge,
        ask.NoteDelivery,
        ask.NoteReturn,
        ask.NoteItinerary,
        ask.NoteArrival,
        ask.NoteReturnEnd,
        ask.AnswerClosing,
        FallDue,
    }
)
"""What other services and the clock say; never refused, at most without effect."""

_ALWAYS: frozenset[type[Command]] = HEARD | {
    ask.LinkCase,
    ask.WithdrawConsent,
    ask.AcknowledgeWithdrawal,
}
_WORKED_ON: frozenset[type[Command]] = _ALWAYS | {
    ask.GrantConsent,
    ask.InformGroup,
    ask.ProposeOverride,
    ask.ApproveOverride,
    ask.OfferReferral,
    ask.AcknowledgeOffer,
    ask.AcceptReferral,
    ask.DeclineReferral,
    ask.WithdrawReferral,
    ask.BackOut,
    ask.RescheduleHandOff,
    ask.ConfirmHandOff,
    ask.FinishReferral,
    ask.TakeNextRoute,
    ask.ReleasePacket,
    ask.ProposeClosing,
    ask.CheckClosing,
    ask.AbandonClosing,
    ask.CloseCase,
}

ALLOWED: Mapping[type[object], frozenset[type[Command]]] = {
    Unopened: frozenset({ask.OpenCase, ask.NoteDelivery, ask.AnswerClosing, FallDue}),
    Open: _WORKED_ON,
    Reopened: _WORKED_ON,
    Closed: _ALWAYS | {ask.ReopenCase},
}


def begin(command: ask.OpenCase) -> tuple[fact.CaseEvent, ...]:
    """Open the case with its recorder as custodian."""
    return (
        fact.CaseOpened(
            at=command.at,
            person=command.person,
            custodian=command.custodian,
            agency=command.agency,
            country=command.country,
            age=command.age,
        ),
    )


def note_age(case: Opened, command: ask.NoteAge) -> tuple[fact.CaseEvent, ...]:
    """Follow what identification decided on the age."""
    if command.age == case.age:
        return ()
    return (fact.AgeNoted(at=command.at, age=command.age),)


def link(case: Opened, command: ask.LinkCase) -> tuple[fact.CaseEvent, ...]:
    """Link another case; nothing is merged. The agency may, since it sees both."""
    acting = organisation(command)
    if acting not in case.agencies | {case.custodian}:
        raise Refused("not-the-custodian", "Only custodian or national agency may link cases.")
    if case.links.get(command.linked) == command.how:
        return ()
    return (
        fact.CaseLinked(at=command.at, linked=command.linked, how=command.how, organisation=acting),
    )


def reopen(case: Opened, command: ask.ReopenCase) -> tuple[fact.CaseEvent, ...]:
    """Take a closed case up again; nothing was lost."""
    if not isinstance(case.life, Closed):
        raise out_of_order(case.life, command)
    acting = organisation(command)
    may: set[OrganisationId | None] = {
        case.custodian,
        case.agency,
        case.life.hearing_notices_to,
    }
    if acting not in may:
        raise Refused("not-a-party", "Only custodian, agency or receiver of notices may reopen.")
    return (
        fact.CaseReopened(
            at=command.at,
            custodian=case.custodian,
            organisation=acting,
            reason=command.reason,
        ),
    )


def opened(event: fact.CaseOpened) -> Opened:
    """Give a new case."""
    agencies = frozenset() if event.agency is None else frozenset({event.agency})
    return Opened(
        person=event.person,
        country=event.country,
        age=event.age,
        agency=event.agency,
        agencies=agencies,
        custody=(Tenure(custodian=event.custodian, since=event.at, referral=None),),
        life=Open(),
        closing=NoClosing(),
        links={},
        consents={},
        overrides={},
        referrals={},
        routes={},
        returns={},
    )


def evolve(case: Opened, event: fact.AgeNoted | fact.CaseLinked | fact.CaseReopened) -> Opened:
    """Give the case after a fact of its life."""
    match event:
        case fact.AgeNoted(age=age):
            return replace(case, age=age)
        case fact.CaseLinked(linked=linked, how=how):
            return replace(case, links={**case.links, linked: how})
        case fact.CaseReopened():
            assert isinstance(case.life, Closed)
            named = case.life.hearing_notices_to
            return replace(case, life=Reopened(hearing_notices_to=named))
        case _:
            assert_never(event)
