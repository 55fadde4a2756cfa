"""What is told of opening, links, consents, overrides and closing."""

from typing import assert_never

from nrm_contracts import cases as told
from nrm_contracts.codes import Overdue
from nrm_contracts.contract import Contract
from nrm_contracts.ids import AboutId
from nrm_referral.domain import events as fact


def tell_life(event: fact.LifeEvent) -> Contract | None:
    """Tell opening, links and reopening; the age was told by identification."""
    match event:
        case fact.CaseOpened():
            return told.CaseOpened(
                custodian=event.custodian,
                agency=event.agency,
                country=event.country,
                age=event.age,
            )
        case fact.AgeNoted():
            return None
        case fact.CaseLinked():
            return told.CaseLinked(
                linked=event.linked, how=event.how, organisation=event.organisation
            )
        case fact.CaseReopened():
            return told.CaseReopened(custodian=event.custodian, reason=event.reason)
        case _:
            assert_never(event)


def tell_consent(event: fact.ConsentEvent) -> Contract:
    """Tell each step of a consent, and what a group was told under it."""
    match event:
        case fact.ConsentGranted():
            return told.ConsentGranted(
                consent=event.consent,
                recipient=event.recipient,
                group=event.group,
                purpose=event.purpose,
                categories=tuple(event.categories),
                blocked=tuple(event.blocked),
                form=event.form,
                giver=event.giver,
                assent=event.assent,
                until=event.until.at,
            )
        case fact.ConsentWithdrawn():
            return told.ConsentWithdrawn(
                consent=event.consent,
                received=tuple(event.received),
                acknowledge_by=event.acknowledge_by.at if event.received else None,
            )
        case fact.ConsentExpired():
            return told.DeadlineFellDue(
                what=Overdue.CONSENT,
                about=AboutId(event.consent),
                due_at=event.due.at,
                responsible=event.custodian,
            )
        case fact.WithdrawalAcknowledged():
            return told.WithdrawalAcknowledged(
                consent=event.consent, organisation=event.organisation
            )
        case fact.WithdrawalUnanswered():
            return told.DeadlineFellDue(
                what=Overdue.WITHDRAWAL,
                about=AboutId(event.consent),
                due_at=event.due.at,
                responsible=event.organisation,
            )
        case fact.GroupInformed():
            return told.GroupInformed(
                organisation=event.organisation,
                group=event.group,
                categories=tuple(event.categories),
                purpose=event.purpose,
                consent=event.consent,
            )
        case _:
            assert_never(event)


def tell_override(event: fact.OverrideEvent) -> Contract:
    """Tell that a disclosure on a legal ground was proposed or approved."""
    match event:
        case fact.OverrideProposed():
            return told.OverrideProposed(
                override=event.override,
                organisation=event.organisation,
                ground=event.ground,
                recipient=event.recipient,
                purpose=event.purpose,
                categories=tuple(event.categories),
            )
        case fact.OverrideApproved():
            return told.OverrideApproved(
                override=event.override,
                organisation=event.organisation,
                ground=event.ground,
                recipient=event.recipient,
                purpose=event.purpose,
            )
        case _:
            assert_never(event)


def tell_closing(event: fact.ClosingEvent) -> Contract | None:
    """Tell each step of a closing; the services told their answers themselves."""
    match event:
        case fact.ClosingProposed():
            return told.ClosingProposed(
                closing=event.closing,
                custodian=event.custodian,
                reason=event.reason,
                hearing_notices_to=event.hearing_notices_to,
                answer_by=event.answer_by.at,
            )
        case fact.ClosingAnswered():
            return None
        case fact.ClosingChecked():
            return told.ClosingChecked(closing=event.closing, organisation=event.organisation)
        case fact.ClosingAbandoned():
            return told.ClosingAbandoned(closing=event.closing, open=tuple(event.open))
        case fact.CaseClosed():
            return told.CaseClosed(
                closing=event.closing,
                custodian=event.custodian,
                reason=event.reason,
                checked_by=event.checked_by,
                hearing_notices_to=event.hearing_notices_to,
            )
        case _:
            assert_never(event)
