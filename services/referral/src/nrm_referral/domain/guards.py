"""Who takes part, and on what a disclosure may rest; every guard raises `Refused`."""

from datetime import datetime

from nrm_contracts.codes import AgeBand, Duty, OpenMatter
from nrm_contracts.consent_codes import (
    Basis,
    BlockedGroup,
    DataCategory,
    Purpose,
    ReferralKind,
)
from nrm_contracts.ids import ConsentId, OrganisationId, ReferralId
from nrm_referral.domain.states import (
    Accepted,
    Granted,
    Handed,
    Opened,
    OverrideHolds,
    Unacknowledged,
    Unfinished,
    Withdrawn,
)
from nrm_referral.domain.values import BLOCKED_FIRST, Ground, Terms
from nrm_runtime.core import Command, Refused, worker


def out_of_order(state: object, command: Command) -> Refused:
    """Give the refusal of what the table `ALLOWED` does not list."""
    return Refused(
        "out-of-order", f"{type(command).__name__} is not possible in {type(state).__name__}."
    )


def organisation(command: Command) -> OrganisationId:
    """Give the organisation whose worker acts; `worker-required` for a service by itself."""
    return OrganisationId(worker(command).organisation)


def involved(case: Opened) -> frozenset[OrganisationId]:
    """Give the custodian and every receiver that accepted and has not finished."""
    receivers = (
        referral.terms.receiver
        for referral in case.referrals.values()
        if isinstance(referral, Accepted | Handed)
    )
    return frozenset({case.custodian, *receivers})


def party(case: Opened, command: Command) -> OrganisationId:
    """Give the acting organisation if it takes part in the case, else `not-a-party`."""
    acting = organisation(command)
    if acting not in involved(case):
        raise Refused("not-a-party", "Only an organisation that takes part may do this.")
    return acting


def custodian(case: Opened, command: Command) -> OrganisationId:
    """Give the acting organisation if it is the custodian, else `not-the-custodian`."""
    acting = organisation(command)
    if acting != case.custodian:
        raise Refused("not-the-custodian", "Only the custodian of the case may do this.")
    return acting


def is_child(case: Opened) -> bool:
    """Whether the person is treated as a child: under 18, or age unknown."""
    return case.age is not AgeBand.ADULT


def blocks(case: Opened) -> frozenset[BlockedGroup]:
    """Give the groups that must not learn what is disclosed; a block outlives its consent."""
    said = (consent.given.blocked for consent in case.consents.values())
    return BLOCKED_FIRST.union(*said)


def covers(
    consent: Granted,
    recipient: OrganisationId,
    groups: frozenset[BlockedGroup],
    purpose: Purpose,
    categories: frozenset[DataCategory],
    at: datetime,
) -> bool:
    """Whether a consent lets a recipient know these kinds of data for this purpose at `at`."""
    given = consent.given
    return (
        (given.recipient == recipient or given.group in groups)
        and given.purpose == purpose
        and given.categories >= categories
        and at < given.until.at
    )


def named_for_group(
    case: Opened,
    group: BlockedGroup,
    purpose: Purpose,
    categories: frozenset[DataCategory],
    at: datetime,
) -> ConsentId | None:
    """Give a consent that lets this group know these kinds of data for this purpose."""
    for identifier, consent in case.consents.items():
        if isinstance(consent, Granted) and consent.given.group == group:
            given = consent.given
            if given.purpose == purpose and given.categories >= categories and at < given.until.at:
                return identifier
    return None


def _consented(case: Opened, terms: "Disclosed", at: datetime) -> bool:
    return any(
        covers(consent, terms.recipient, terms.groups, terms.purpose, terms.categories, at)
        for consent in case.consents.values()
        if isinstance(consent, Granted)
    )


class Disclosed:
    """What is to be disclosed to whom, for which purpose."""

    __slots__ = ("categories", "groups", "purpose", "recipient")

    def __init__(
        self,
        recipient: OrganisationId,
        groups: frozenset[BlockedGroup],
        purpose: Purpose,
        categories: frozenset[DataCategory],
    ) -> None:
        """Keep the four sides of a disclosure."""
        self.recipient = recipient
        self.groups = groups
        self.purpose = purpose
        self.categories = categories


def of_terms(terms: Terms, categories: frozenset[DataCategory] | None = None) -> Disclosed:
    """Give what a referral discloses, or the part of it that is asked for now."""
    wanted = terms.categories if categories is None else categories
    return Disclosed(terms.receiver, terms.receiver_groups, terms.purpose, wanted)


def unblocked(case: Opened, disclosed: Disclosed, at: datetime) -> None:
    """Refuse `disclosure-blocked` for a recipient of a blocked group that no consent names."""
    hit = disclosed.groups & blocks(case)
    if hit and not _consented(case, disclosed, at):
        raise Refused(
            "disclosure-blocked", "The recipient belongs to a group that must not learn this."
        )


def grounded(case: Opened, ground: Ground, disclosed: Disclosed, at: datetime) -> Ground:
    """Give the ground if it holds now, with its legal name where it rests on an override.

    Refuses `consent-missing`, `override-missing` or `not-a-child`.
    """
    match ground.basis:
        case Basis.CONSENT:
            consent = None if ground.consent is None else case.consents.get(ground.consent)
            if not isinstance(consent, Granted) or not covers(
                consent,
                disclosed.recipient,
                disclosed.groups,
                disclosed.purpose,
                disclosed.categories,
                at,
            ):
                raise Refused(
                    "consent-missing",
                    "No valid consent covers this recipient, purpose and kind of data.",
                )
            return Ground(basis=ground.basis, consent=ground.consent)
        case Basis.LEGAL_GROUND:
            override = None if ground.override is None else case.overrides.get(ground.override)
            if (
                not isinstance(override, OverrideHolds)
                or override.given.recipient != disclosed.recipient
                or override.given.purpose != disclosed.purpose
                or not override.given.categories >= disclosed.categories
            ):
                raise Refused(
                    "override-missing", "No approved legal ground covers this disclosure."
                )
            return Ground(basis=ground.basis, override=ground.override, legal=override.given.ground)
        case Basis.CHILD_PROTECTION:
            if not is_child(case):
                raise Refused("not-a-child", "Child protection is no ground for an adult.")
            return Ground(basis=ground.basis)


def protects_children(command: Command) -> bool:
    """Whether the acting worker is entrusted with child protection."""
    return Duty.CHILD_PROTECTION in worker(command).duties


def unfinished(case: Opened) -> tuple[Unfinished, ...]:
    """Give the referrals that are still open, in the order of their offers."""
    return tuple(
        referral for referral in case.referrals.values() if isinstance(referral, Unfinished)
    )


def open_transfer(case: Opened) -> ReferralId | None:
    """Give the one transfer of custody that is on its way, if there is one."""
    for referral in unfinished(case):
        if isinstance(referral, Handed):
            continue
        if referral.terms.kind is ReferralKind.TRANSFER_OF_CUSTODY:
            return referral.terms.referral
    return None


def open_matters(case: Opened) -> frozenset[OpenMatter]:
    """Say what keeps the case open in this service."""
    matters = set()
    if unfinished(case):
        matters.add(OpenMatter.REFERRAL)
    if any(isinstance(one, Withdrawn | Unacknowledged) for one in case.consents.values()):
        matters.add(OpenMatter.CONSENT_WITHDRAWAL)
    return frozenset(matters)


def nothing_open(case: Opened) -> None:
    """Refuse `something-open` while a referral or an unacknowledged withdrawal is open."""
    matters = open_matters(case)
    if matters:
        named = ", ".join(sorted(matters))
        raise Refused("something-open", f"Still open here: {named}.")
