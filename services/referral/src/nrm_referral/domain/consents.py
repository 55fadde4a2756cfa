"""Consents to disclose: given, expired, withdrawn; and what groups outside may be told."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import ConsentGiver, WithdrawalReason, WithdrawnBy
from nrm_contracts.ids import ConsentId, OrganisationId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import (
    involved,
    is_child,
    named_for_group,
    organisation,
    out_of_order,
    party,
)
from nrm_referral.domain.moves import withdrawn
from nrm_referral.domain.states import (
    Accepted,
    Acknowledged,
    Consent,
    Delivered,
    Expired,
    Granted,
    Offered,
    Opened,
    Settled,
    Unacknowledged,
    Withdrawn,
)
from nrm_referral.domain.values import NEVER_INFORMED
from nrm_runtime.core import Command, FallDue, Refused

ALLOWED: Mapping[type[object], frozenset[type[Command]]] = {
    Granted: frozenset({ask.WithdrawConsent, FallDue}),
    Expired: frozenset({ask.WithdrawConsent}),
    Withdrawn: frozenset({ask.AcknowledgeWithdrawal, FallDue}),
    Unacknowledged: frozenset({ask.AcknowledgeWithdrawal}),
    Settled: frozenset({ask.AcknowledgeWithdrawal}),
}


def grant(case: Opened, command: ask.GrantConsent) -> tuple[fact.CaseEvent, ...]:
    """Record a consent; for a child, the guardian's beside the child's own word."""
    acting = party(case, command)
    if command.consent in case.consents:
        raise Refused("out-of-order", "This consent is recorded already.")
    if (command.recipient is None) == (command.group is None):
        raise Refused("recipient-unclear", "A consent names one organisation or one group.")
    if command.group in NEVER_INFORMED:
        raise Refused("disclosure-blocked", "This group is told nothing.")
    if not command.categories:
        raise Refused("consent-empty", "A consent names the kinds of data it covers.")
    if command.at >= command.until.at:
        raise Refused("consent-past", "The consent would end before it begins.")
    if is_child(case):
        if command.giver is ConsentGiver.PERSON:
            raise Refused("guardian-required", "For a child, guardian or representative consents.")
        if command.assent is YesNo.NO:
            raise Refused("assent-missing", "The child does not agree.")
    return (
        fact.ConsentGranted(
            at=command.at,
            consent=command.consent,
            organisation=acting,
            recipient=command.recipient,
            group=command.group,
            purpose=command.purpose,
            categories=command.categories,
            blocked=command.blocked,
            form=command.form,
            giver=command.giver,
            assent=command.assent,
            until=command.until,
        ),
    )


def withdraw(case: Opened, command: ask.WithdrawConsent) -> tuple[fact.CaseEvent, ...]:
    """Withdraw a consent and, with it, what rests on it and was not handed over yet.

    Withdrawal wins over everything: the person's consent is the ground of the hand-off.
    """
    acting = organisation(command)
    consent = known(case, command.consent)
    if not isinstance(consent, Granted | Expired):
        raise out_of_order(consent, command)
    heard_by = involved(case) | consent.received | {consent.given.organisation}
    if acting not in heard_by:
        raise Refused("not-a-party", "Only an organisation that takes part may do this.")
    resting = (
        referral
        for referral in case.referrals.values()
        if isinstance(referral, Offered | Delivered | Acknowledged | Accepted)
        and referral.terms.ground.consent == command.consent
    )
    taken_back = (
        event
        for referral in resting
        for event in withdrawn(
            referral.terms, command.at, WithdrawnBy.PERSON, WithdrawalReason.CONSENT_WITHDRAWN
        )
    )
    return (
        fact.ConsentWithdrawn(
            at=command.at,
            consent=command.consent,
            received=consent.received,
            acknowledge_by=command.acknowledge_by,
        ),
        *taken_back,
    )


def acknowledge(case: Opened, command: ask.AcknowledgeWithdrawal) -> tuple[fact.CaseEvent, ...]:
    """Say that the withdrawal is known; a second time has no effect."""
    acting = organisation(command)
    consent = known(case, command.consent)
    if isinstance(consent, Granted | Expired):
        raise out_of_order(consent, command)
    if acting not in consent.received:
        raise Refused("nothing-received", "This organisation received nothing by the consent.")
    if isinstance(consent, Settled) or acting not in consent.waiting:
        return ()
    return (
        fact.WithdrawalAcknowledged(at=command.at, consent=command.consent, organisation=acting),
    )


def inform(case: Opened, command: ask.InformGroup) -> tuple[fact.CaseEvent, ...]:
    """Record what a group is told: nothing, unless a consent names it."""
    acting = party(case, command)
    if command.group in NEVER_INFORMED or not command.categories:
        raise Refused("disclosure-blocked", "This group is told nothing.")
    consent = named_for_group(case, command.group, command.purpose, command.categories, command.at)
    if consent is None:
        raise Refused("disclosure-blocked", "No consent lets this group know these kinds of data.")
    return (
        fact.GroupInformed(
            at=command.at,
            organisation=acting,
            group=command.group,
            categories=command.categories,
            purpose=command.purpose,
            consent=consent,
        ),
    )


def fall_due(case: Opened, consent: Consent, command: FallDue) -> tuple[fact.CaseEvent, ...]:
    """A consent ends, or a withdrawal was not acknowledged by everybody."""
    match consent:
        case Granted(given=given):
            return (
                fact.ConsentExpired(
                    at=command.at,
                    consent=given.consent,
                    custodian=case.custodian,
                    due=given.until,
                ),
            )
        case Withdrawn(given=given, waiting=waiting, acknowledge_by=due):
            return tuple(
                fact.WithdrawalUnanswered(
                    at=command.at, consent=given.consent, organisation=one, due=due
                )
                for one in sorted(waiting, key=str)
            )
        case _:
            return ()


def known(case: Opened, consent: ConsentId) -> Consent:
    """Give a recorded consent, or refuse `consent-unknown`."""
    found = case.consents.get(consent)
    if found is None:
        raise Refused("consent-unknown", "This consent is not recorded in the case.")
    return found


def received(case: Opened, consent: ConsentId | None, who: OrganisationId) -> Opened:
    """Remember that an organisation knows something by a consent."""
    found = None if consent is None else case.consents.get(consent)
    if consent is None or found is None or who in found.received:
        return case
    return _with(case, consent, replace(found, received=found.received | {who}))


def evolve(case: Opened, event: fact.ConsentEvent) -> Opened:
    """Give the case after a fact about a consent."""
    if isinstance(event, fact.GroupInformed):
        return case
    if isinstance(event, fact.ConsentGranted):
        return _with(case, event.consent, Granted(given=event, received=frozenset()))
    before = case.consents[event.consent]
    match event:
        case fact.ConsentExpired():
            after: Consent = Expired(given=before.given, received=before.received)
        case fact.ConsentWithdrawn(received=received_by, acknowledge_by=due):
            after = (
                Withdrawn(
                    given=before.given,
                    received=received_by,
                    waiting=received_by,
                    acknowledge_by=due,
                )
                if received_by
                else Settled(given=before.given, received=received_by)
            )
        case fact.WithdrawalAcknowledged(organisation=who):
            after = _acknowledged(before, who)
        case fact.WithdrawalUnanswered():
            assert isinstance(before, Withdrawn | Unacknowledged)
            after = Unacknowledged(
                given=before.given, received=before.received, waiting=before.waiting
            )
        case _:
            assert_never(event)
    return _with(case, event.consent, after)


def _acknowledged(before: Consent, who: OrganisationId) -> Consent:
    assert isinstance(before, Withdrawn | Unacknowledged)
    waiting = before.waiting - {who}
    if not waiting:
        return Settled(given=before.given, received=before.received)
    return replace(before, waiting=waiting)


def _with(case: Opened, identifier: ConsentId, consent: Consent) -> Opened:
    return replace(case, consents={**case.consents, identifier: consent})
