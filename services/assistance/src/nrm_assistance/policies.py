"""What assistance does when other services tell a fact; pure translation, no decision."""

from nrm_assistance.domain import commands as ask
from nrm_contracts import cases, identification, referral
from nrm_contracts.ids import AssistanceId, PersonId
from nrm_contracts.profiles import countries, profile
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Command, Due

COUNTRY_LENGTH = 2


def when_case_opened(fact: Heard[cases.CaseOpened]) -> tuple[Command, ...]:
    """Know the case; its person gets a name of their own in this service's vault."""
    return (
        ask.LearnCase(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            custodian=fact.data.custodian,
            agency=fact.data.agency,
            country=fact.data.country,
            age=fact.data.age,
            person=PersonId(fact.command_id(1)),
        ),
    )


def when_age_assessed(fact: Heard[identification.AgeAssessed]) -> tuple[Command, ...]:
    """Know who has to agree to what: an adult alone, a child with a guardian."""
    return (ask.LearnAge(id=fact.command_id(), by=fact.by, at=fact.occurred_at, age=fact.data.age),)


def when_referral_accepted(fact: Heard[referral.ReferralAccepted]) -> tuple[Command, ...]:
    """The receiver prepares; the acting organisation's country decides on its clocks."""
    return (
        ask.LearnAcceptance(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            referral=fact.data.referral,
            receiver=fact.data.receiver,
            country=fact.data.profile[:COUNTRY_LENGTH],
            assistance=AssistanceId(fact.command_id(1)),
        ),
    )


def when_handed_over(fact: Heard[referral.HandedOver]) -> tuple[Command, ...]:
    """Preparation becomes assistance."""
    return (
        ask.LearnHandOff(
            id=fact.command_id(), by=fact.by, at=fact.occurred_at, referral=fact.data.referral
        ),
    )


def when_referral_ended(
    fact: Heard[referral.ReferralBackedOut]
    | Heard[referral.ReferralWithdrawn]
    | Heard[referral.ReferralDone],
) -> tuple[Command, ...]:
    """A preparation that nothing else keeps alive ends."""
    return (
        ask.LearnReferralEnd(
            id=fact.command_id(), by=fact.by, at=fact.occurred_at, referral=fact.data.referral
        ),
    )


def when_custody_moved(fact: Heard[cases.CustodyMoved]) -> tuple[Command, ...]:
    """The sender's assistance is transferred; its open supports become a dated task.

    Which country's days count is known to the assistance, so the deadline goes along for each.
    """
    dues = (
        (country, Due.of(profile(country).due("assistance", "supports_days", fact.occurred_at)))
        for country in countries()
    )
    return (
        ask.LearnCustody(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            referral=fact.data.referral,
            sender=fact.data.sender,
            receiver=fact.data.receiver,
            agency=fact.data.agency,
            decide_by=tuple(dues),
        ),
    )


def when_closing_proposed(fact: Heard[cases.ClosingProposed]) -> tuple[Command, ...]:
    """Say whether something of ours keeps the case open."""
    return (
        ask.AnswerClosing(
            id=fact.command_id(), by=fact.by, at=fact.occurred_at, closing=fact.data.closing
        ),
    )


def when_closing_abandoned(fact: Heard[cases.ClosingAbandoned]) -> tuple[Command, ...]:
    """New openings are welcome again."""
    return (
        ask.LearnClosingAbandoned(
            id=fact.command_id(), by=fact.by, at=fact.occurred_at, closing=fact.data.closing
        ),
    )


def when_case_closed(fact: Heard[cases.CaseClosed]) -> tuple[Command, ...]:
    """Nothing new is opened until the case is reopened."""
    return (
        ask.LearnCaseClosed(
            id=fact.command_id(), by=fact.by, at=fact.occurred_at, closing=fact.data.closing
        ),
    )


def when_case_reopened(fact: Heard[cases.CaseReopened]) -> tuple[Command, ...]:
    """The custodian may assist again."""
    return (
        ask.LearnCaseReopened(
            id=fact.command_id(), by=fact.by, at=fact.occurred_at, custodian=fact.data.custodian
        ),
    )
