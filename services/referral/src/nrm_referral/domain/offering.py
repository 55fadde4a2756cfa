"""Offering a referral: who may, to whom, on what ground, and what it replaces."""

from dataclasses import replace

from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import (
    Basis,
    Need,
    ReferralKind,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.ids import OrganisationId, ReferralId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import (
    blocks,
    custodian,
    grounded,
    of_terms,
    open_transfer,
    party,
    protects_children,
    unblocked,
    unfinished,
)
from nrm_referral.domain.moves import withdrawn
from nrm_referral.domain.states import Accepted, NoClosing, Opened, Over, Planned, Requested
from nrm_referral.domain.values import Immediate, Terms
from nrm_runtime.core import Refused, worker


def offer(case: Opened, command: ask.OfferReferral) -> tuple[fact.CaseEvent, ...]:
    """Ask a receiver; an urgent transfer takes a waiting one back first."""
    if not isinstance(case.closing, NoClosing):
        raise Refused("case-closing", "A closing was proposed; nothing new is opened meanwhile.")
    if command.referral in case.referrals:
        raise Refused("out-of-order", "This referral was offered already.")
    sender = _sender(case, command)
    immediate = _immediate(command)
    _eligible(case, command)
    urgent_over = _one_transfer(case, command)
    _journey(case, command, open_transfer(case) if urgent_over else None)
    terms = _terms(case, command, sender, immediate)
    disclosed = of_terms(terms)
    ground = grounded(case, command.ground, disclosed, command.at)
    if (
        ground.basis is Basis.CHILD_PROTECTION
        and not command.receiver.child_protection
        and not protects_children(command)
    ):
        raise Refused("not-child-protection", "One side must be entrusted with child protection.")
    unblocked(case, disclosed, command.at)
    settled = _replaced(case, command, sender)
    return (
        *urgent_over,
        fact.ReferralOffered(at=command.at, terms=replace(terms, ground=ground)),
        *settled,
    )


def _sender(case: Opened, command: ask.OfferReferral) -> OrganisationId:
    if command.kind is ReferralKind.TRANSFER_OF_CUSTODY:
        sender = custodian(case, command)
    else:
        sender = party(case, command)
    if sender == command.receiver.organisation:
        raise Refused("same-organisation", "A referral goes to another organisation.")
    return sender


def _immediate(command: ask.OfferReferral) -> Immediate:
    """Both questions must have been asked; a full assessment may wait."""
    if command.medical is None or command.threat is None:
        raise Refused("immediate-questions-missing", "Ask first: medical help now? danger now?")
    return Immediate(medical=command.medical, threat=command.threat)


def _eligible(case: Opened, command: ask.OfferReferral) -> None:
    receiver, fit = command.receiver, command.fit
    if not command.needs:
        raise Refused("needs-missing", "A referral names at least one need.")
    understood = (
        not fit.languages
        or Need.INTERPRETATION in command.needs
        or not fit.languages.isdisjoint(receiver.languages)
    )
    rules = {
        "needs": command.needs <= receiver.needs,
        "age": case.age in receiver.ages,
        "gender": fit.gender in receiver.genders,
        "language": understood,
    }
    failed = [name for name, holds in rules.items() if not holds]
    if failed:
        raise Refused(
            "receiver-not-eligible", f"The receiver does not take in by: {', '.join(failed)}."
        )
    if Need.ACCOMMODATION in command.needs and receiver.free is not None and receiver.free <= 0:
        raise Refused("no-places", "The receiver has no free place.")


def _journey(case: Opened, command: ask.OfferReferral, ended: ReferralId | None) -> None:
    """A linked return is still to be, has no other open referral, and a trip moves no custody."""
    if command.linked_return is None:
        return
    journey = case.returns.get(command.linked_return)
    if isinstance(journey, Over):
        raise Refused("return-ended", "The return was refused or withdrawn.")
    if (
        isinstance(journey, Requested | Planned)
        and journey.moves_no_custody
        and command.kind is ReferralKind.TRANSFER_OF_CUSTODY
    ):
        raise Refused("trip-moves-no-custody", "A trip to a hearing moves no custody.")
    linked = {one.terms.linked_return for one in unfinished(case) if one.terms.referral != ended}
    if command.linked_return in linked:
        raise Refused("return-already-linked", "The return has an open referral already.")


def _one_transfer(case: Opened, command: ask.OfferReferral) -> tuple[fact.CaseEvent, ...]:
    """At most one transfer of custody is open; an urgent one ends a waiting one."""
    if command.kind is not ReferralKind.TRANSFER_OF_CUSTODY:
        return ()
    rival = open_transfer(case)
    if rival is None:
        return ()
    waiting = case.referrals[rival]
    begun = isinstance(waiting, Accepted) and waiting.confirmed
    if command.urgent is YesNo.NO or begun:
        raise Refused("transfer-already-open", "Another transfer of custody is on its way.")
    return withdrawn(
        waiting.terms, command.at, WithdrawnBy.SENDER, WithdrawalReason.URGENT_TRANSFER
    )


def _terms(
    case: Opened, command: ask.OfferReferral, sender: OrganisationId, immediate: Immediate
) -> Terms:
    receiver = command.receiver
    return Terms(
        referral=command.referral,
        kind=command.kind,
        sender=sender,
        receiver=receiver.organisation,
        receiver_groups=receiver.groups,
        receiver_country=receiver.country,
        receiver_agency=receiver.agency,
        needs=command.needs,
        purpose=command.purpose,
        categories=command.categories,
        ground=command.ground,
        blocked=blocks(case),
        urgent=command.urgent,
        fit=command.fit,
        immediate=immediate,
        acknowledge_by=command.acknowledge_by,
        answer_by=command.answer_by,
        pace=command.pace,
        linked_return=command.linked_return,
        country=worker(command).country,
        offered_at=command.at,
    )


def _replaced(
    case: Opened, command: ask.OfferReferral, sender: OrganisationId
) -> tuple[fact.CaseEvent, ...]:
    """The next route of a lost referral is taken by this offer."""
    lost: ReferralId | None = command.replaces
    if lost is None:
        return ()
    route = case.routes.get(lost)
    if route is None or route.organisation != sender:
        raise Refused("no-route-open", "This referral waits for no next route of yours.")
    return (fact.NextRouteTaken(at=command.at, referral=lost, organisation=sender),)
