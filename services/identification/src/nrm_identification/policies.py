"""What identification does when referral tells a fact."""

from nrm_contracts import cases, referral
from nrm_identification.domain import commands as ask
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Command


def when_case_opened(fact: Heard[cases.CaseOpened]) -> tuple[Command, ...]:
    """The custodian takes part, and so does the national agency."""
    commands: list[Command] = [
        ask.NoteCustodian(
            id=fact.command_id(), by=fact.by, at=fact.now, custodian=fact.data.custodian
        )
    ]
    if fact.data.agency is not None:
        commands.append(
            ask.NoteParty(id=fact.command_id(1), by=fact.by, at=fact.now, party=fact.data.agency)
        )
    return tuple(commands)


def when_custody_moved(fact: Heard[cases.CustodyMoved]) -> tuple[Command, ...]:
    """The new custodian takes part."""
    return (
        ask.NoteCustodian(
            id=fact.command_id(), by=fact.by, at=fact.now, custodian=fact.data.receiver
        ),
    )


def when_referral_accepted(fact: Heard[referral.ReferralAccepted]) -> tuple[Command, ...]:
    """Who accepted a referral takes part."""
    return (ask.NoteParty(id=fact.command_id(), by=fact.by, at=fact.now, party=fact.data.receiver),)


def when_closing_proposed(fact: Heard[cases.ClosingProposed]) -> tuple[Command, ...]:
    """Say whether something keeps the case open here."""
    return (
        ask.AnswerClosing(id=fact.command_id(), by=fact.by, at=fact.now, closing=fact.data.closing),
    )


def when_case_closed(fact: Heard[cases.CaseClosed]) -> tuple[Command, ...]:
    """Nothing more happens here until the case is reopened."""
    return (ask.NoteClosingOver(id=fact.command_id(), by=fact.by, at=fact.now, closed=True),)


def when_case_goes_on(
    fact: Heard[cases.ClosingAbandoned] | Heard[cases.CaseReopened],
) -> tuple[Command, ...]:
    """The case is worked on again."""
    return (ask.NoteClosingOver(id=fact.command_id(), by=fact.by, at=fact.now, closed=False),)
