"""What return does when other services tell a fact; pure translation, no decision."""

from nrm_contracts import assistance, cases, identification, referral
from nrm_contracts.ids import PersonId
from nrm_return.domain import heard_commands as ask
from nrm_return.domain.values import Country, Reflection
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Command


def when_case_opened(fact: Heard[cases.CaseOpened]) -> tuple[Command, ...]:
    """Know the case; person and family get names of their own in this service's vault."""
    return (
        ask.NoteCase(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            custodian=fact.data.custodian,
            agency=fact.data.agency,
            country=Country(fact.data.country),
            age=fact.data.age,
            person=PersonId(fact.command_id(1)),
            family=PersonId(fact.command_id(2)),
        ),
    )


def when_custody_moved(fact: Heard[cases.CustodyMoved]) -> tuple[Command, ...]:
    """Know who answers for the case now, and has the person if nobody else does."""
    return (
        ask.NoteCustodian(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            custodian=fact.data.receiver,
            agency=fact.data.agency,
            referral=fact.data.referral,
        ),
    )


def when_age_assessed(fact: Heard[identification.AgeAssessed]) -> tuple[Command, ...]:
    """Know whether a child travels."""
    return (ask.NoteAge(id=fact.command_id(), by=fact.by, at=fact.occurred_at, age=fact.data.age),)


def when_presumed(
    fact: Heard[identification.VictimPresumed] | Heard[identification.VictimIdentified],
) -> tuple[Command, ...]:
    """Know that approval need not wait for the status; formal identification is no guard."""
    return (ask.NotePresumption(id=fact.command_id(), by=fact.by, at=fact.occurred_at),)


def when_reflection_offered(
    fact: Heard[identification.ReflectionOffered],
) -> tuple[Command, ...]:
    """Know that the person has not answered yet."""
    return _reflection(fact, fact.data.country, Reflection.OFFERED)


def when_reflection_runs(
    fact: Heard[identification.ReflectionStarted] | Heard[identification.ReflectionExtended],
) -> tuple[Command, ...]:
    """Know that the person has time to decide."""
    return _reflection(fact, fact.data.country, Reflection.RUNNING)


def when_reflection_settled(
    fact: Heard[identification.ReflectionEnded]
    | Heard[identification.ReflectionDeclined]
    | Heard[identification.ReflectionNotApplicable],
) -> tuple[Command, ...]:
    """Know that approval need not wait for the period."""
    return _reflection(fact, fact.data.country, Reflection.SETTLED)


def _reflection(
    fact: Heard[identification.ReflectionOffered]
    | Heard[identification.ReflectionStarted]
    | Heard[identification.ReflectionExtended]
    | Heard[identification.ReflectionEnded]
    | Heard[identification.ReflectionDeclined]
    | Heard[identification.ReflectionNotApplicable],
    country: str,
    standing: Reflection,
) -> tuple[Command, ...]:
    return (
        ask.NoteReflection(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            country=Country(country),
            standing=standing,
        ),
    )


def when_referral_accepted(fact: Heard[referral.ReferralAccepted]) -> tuple[Command, ...]:
    """The receiver takes part; the acceptance of a linked referral is a return's receiver."""
    return (
        ask.NoteAcceptance(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            referral=fact.data.referral,
            kind=fact.data.kind,
            purpose=fact.data.purpose,
            receiver=fact.data.receiver,
            linked_return=fact.data.linked_return,
            agreed_at=fact.data.agreed_at,
        ),
    )


def when_referral_ended(
    fact: Heard[referral.ReferralBackedOut]
    | Heard[referral.ReferralWithdrawn]
    | Heard[referral.ReferralDone],
) -> tuple[Command, ...]:
    """The referral gives no part in the case any more."""
    return (
        ask.NoteReferralEnded(
            id=fact.command_id(), by=fact.by, at=fact.occurred_at, referral=fact.data.referral
        ),
    )


def when_receiver_lost(fact: Heard[referral.ReceiverLost]) -> tuple[Command, ...]:
    """An approval reopens; on the road, or there already, a plan is due from when we heard it."""
    return (
        ask.NoteReceiverLost(
            id=fact.command_id(),
            by=fact.by,
            at=fact.now,
            referral=fact.data.referral,
            linked_return=fact.data.linked_return,
        ),
    )


def when_handed_over(fact: Heard[referral.HandedOver]) -> tuple[Command, ...]:
    """Both sides confirmed; a return of that referral may end."""
    if fact.data.linked_return is None:
        return ()
    return (
        ask.NoteHandedOver(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            referral=fact.data.referral,
            linked_return=fact.data.linked_return,
        ),
    )


def when_risk_assessed(fact: Heard[assistance.RiskAssessed]) -> tuple[Command, ...]:
    """A later rise, found by anybody, reopens an approval."""
    return (
        ask.NoteRisk(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            assessment=fact.data.assessment,
            subject=fact.data.subject,
            phase=fact.data.phase,
            overall=fact.data.overall,
            high=frozenset(fact.data.high),
            assessed_at=fact.occurred_at,
        ),
    )


def when_closing_proposed(fact: Heard[cases.ClosingProposed]) -> tuple[Command, ...]:
    """Say whether a return or follow-up keeps the case open."""
    return (
        ask.AnswerClosing(id=fact.command_id(), by=fact.by, at=fact.now, closing=fact.data.closing),
    )


def when_closing_abandoned(fact: Heard[cases.ClosingAbandoned]) -> tuple[Command, ...]:
    """The case goes on."""
    return (
        ask.NoteClosingOver(id=fact.command_id(), by=fact.by, at=fact.occurred_at, closed=False),
    )


def when_case_closed(fact: Heard[cases.CaseClosed]) -> tuple[Command, ...]:
    """Nothing more happens here until the case is reopened."""
    return (
        ask.NoteClosingOver(id=fact.command_id(), by=fact.by, at=fact.occurred_at, closed=True),
    )


def when_case_reopened(fact: Heard[cases.CaseReopened]) -> tuple[Command, ...]:
    """The case goes on, under the custodian who is named."""
    return (
        ask.NoteClosingOver(id=fact.command_id(), by=fact.by, at=fact.occurred_at, closed=False),
        ask.NoteCustodian(
            id=fact.command_id(1),
            by=fact.by,
            at=fact.occurred_at,
            custodian=fact.data.custodian,
            agency=None,
            referral=None,
        ),
    )
