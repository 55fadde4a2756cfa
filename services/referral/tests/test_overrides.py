"""Disclosure on a named legal ground: two workers, one disclosure."""

from typing import Any

import pytest

from nrm_contracts.consent_codes import Basis, DataCategory, LegalGround, Purpose
from nrm_contracts.ids import OrganisationId, OverrideId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import OverrideHolds
from nrm_referral.domain.values import Ground
from nrm_runtime.core import Command
from services.referral.tests.given import (
    AGENCY,
    NGO_D,
    NGO_O,
    OVERRIDE,
    SHARED,
    SHELTER,
    STRANGER,
    Story,
    kinds,
    receiver,
    worker_of,
)

ON_LEGAL_GROUND: dict[str, Any] = {
    "kind": SHARED,
    "receiver": receiver(SHELTER),
    "purpose": Purpose.ASSISTANCE,
    "categories": frozenset({DataCategory.NEEDS}),
    "ground": Ground(basis=Basis.LEGAL_GROUND, override=OVERRIDE),
}


@pytest.fixture
def story() -> Story:
    """Give a case with a proposed override for the shelter."""
    begun = Story()
    begun.open()
    begun.do(begun.propose_override())
    return begun


def approve(story: Story, organisation: OrganisationId = NGO_D, name: str = "second") -> Command:
    """Approve as another worker."""
    return story.simple(ask.ApproveOverride, worker_of(organisation, name))


def test_only_who_takes_part_proposes() -> None:
    story = Story()
    story.open()
    by_stranger = story.simple(
        ask.ProposeOverride,
        STRANGER,
        override=OVERRIDE,
        ground=LegalGround.COURT_ORDER,
        recipient=SHELTER,
        purpose=Purpose.ASSISTANCE,
        categories=frozenset({DataCategory.NEEDS}),
    )
    assert story.refused(by_stranger) == "not-a-party"
    empty = story.propose_override(categories=frozenset())
    assert story.refused(empty) == "override-empty"
    assert kinds(story.do(story.propose_override())) == [fact.OverrideProposed]
    assert story.refused(story.propose_override()) == "out-of-order"


def test_nobody_approves_what_he_proposed(story: Story) -> None:
    assert story.refused(approve(story, name="first")) == "same-worker"


@pytest.mark.parametrize("organisation", [NGO_D, AGENCY])
def test_a_second_worker_of_the_organisation_or_the_agency_approves(
    story: Story, organisation: OrganisationId
) -> None:
    (approved,) = story.do(approve(story, organisation))
    assert isinstance(approved, fact.OverrideApproved)
    assert isinstance(story.opened.overrides[OVERRIDE], OverrideHolds)


def test_strangers_approve_nothing(story: Story) -> None:
    assert story.refused(approve(story, STRANGER)) == "not-a-party"


def test_an_approval_is_given_once(story: Story) -> None:
    story.do(approve(story))
    assert story.refused(approve(story)) == "out-of-order"


def test_an_unknown_proposal_is_not_approved(story: Story) -> None:
    unknown = story.simple(ask.ApproveOverride, NGO_D, override=OverrideId(NGO_D))
    assert story.refused(unknown) == "override-unknown"


def test_nothing_is_offered_before_the_approval(story: Story) -> None:
    assert story.refused(story.offer(**ON_LEGAL_GROUND)) == "override-missing"
    story.do(approve(story))
    (offered,) = story.do(story.offer(**ON_LEGAL_GROUND))
    assert isinstance(offered, fact.ReferralOffered)
    assert offered.terms.ground.legal is LegalGround.VITAL_INTEREST


@pytest.mark.parametrize(
    "changes",
    [
        {"receiver": receiver(NGO_O)},
        {"purpose": Purpose.PROCEEDINGS},
        {"categories": frozenset({DataCategory.NEEDS, DataCategory.HEALTH})},
    ],
)
def test_an_approval_is_good_for_one_disclosure_only(story: Story, changes: dict[str, Any]) -> None:
    story.do(approve(story))
    offer = story.offer(**{**ON_LEGAL_GROUND, **changes})
    assert story.refused(offer) == "override-missing"
