"""Offering a referral: to whom, on what ground, one transfer at a time."""

from typing import Any

import pytest

from nrm_contracts.codes import AgeBand, Gender, YesNo
from nrm_contracts.consent_codes import (
    Basis,
    BlockedGroup,
    DataCategory,
    DeclineReason,
    Need,
    Purpose,
    WithdrawalReason,
)
from nrm_contracts.ids import ReferralId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import Offered, TakenBack
from nrm_referral.domain.values import Fit, Ground
from services.referral.tests.given import (
    AGENCY,
    CATEGORIES,
    DAY,
    FOR_SHELTER,
    HOUR,
    NGO_D,
    NGO_O,
    REFERRAL,
    RETURN,
    SECOND,
    SHARED,
    SHELTER,
    STRANGER,
    Story,
    due,
    kinds,
    receiver,
    worker_of,
)

ACCOMMODATION = frozenset({Need.ACCOMMODATION})


@pytest.fixture
def story() -> Story:
    """Give a case with a consent for the origin NGO."""
    begun = Story()
    begun.open()
    begun.do(begun.grant())
    return begun


def test_the_custodian_offers_a_transfer(story: Story) -> None:
    (offered,) = story.do(story.offer())

    assert isinstance(offered, fact.ReferralOffered)
    assert (offered.terms.sender, offered.terms.receiver) == (NGO_D, NGO_O)
    assert offered.terms.blocked >= {BlockedGroup.FAMILY}
    assert isinstance(story.opened.referrals[REFERRAL], Offered)
    assert story.opened.custodian == NGO_D


def test_only_the_custodian_offers_a_transfer(story: Story) -> None:
    assert story.refused(story.offer(by=AGENCY)) == "not-the-custodian"


def test_an_assisting_organisation_shares_a_need_but_not_the_case() -> None:
    story = Story().until_accepted()
    story.do(story.grant(by=NGO_O, consent=FOR_SHELTER, recipient=SHELTER))
    shared: dict[str, Any] = {
        "referral": SECOND,
        "receiver": receiver(SHELTER),
        "ground": Ground(basis=Basis.CONSENT, consent=FOR_SHELTER),
    }
    assert story.refused(story.offer(by=NGO_O, **shared)) == "not-the-custodian"
    assert kinds(story.do(story.offer(by=NGO_O, kind=SHARED, **shared))) == [fact.ReferralOffered]
    stranger = story.offer(by=STRANGER, kind=SHARED, **{**shared, "referral": ReferralId(RETURN)})
    assert story.refused(stranger) == "not-a-party"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"medical": None}, "immediate-questions-missing"),
        ({"threat": None}, "immediate-questions-missing"),
        ({"receiver": receiver(NGO_D)}, "same-organisation"),
        ({"needs": frozenset()}, "needs-missing"),
        ({"receiver": receiver(needs=ACCOMMODATION)}, "receiver-not-eligible"),
        ({"receiver": receiver(ages=frozenset({AgeBand.CHILD}))}, "receiver-not-eligible"),
        ({"receiver": receiver(genders=frozenset({Gender.MASCULINE}))}, "receiver-not-eligible"),
        ({"receiver": receiver(languages=frozenset({"it"}))}, "receiver-not-eligible"),
        ({"needs": ACCOMMODATION, "receiver": receiver(free=0)}, "no-places"),
        ({"replaces": SECOND}, "no-route-open"),
    ],
)
def test_an_offer_that_cannot_work_is_refused(
    story: Story, changes: dict[str, Any], code: str
) -> None:
    assert story.refused(story.offer(**changes)) == code


def test_without_a_stay_places_do_not_count(story: Story) -> None:
    assert kinds(story.do(story.offer(receiver=receiver(free=0)))) == [fact.ReferralOffered]


def test_an_interpreter_overcomes_languages(story: Story) -> None:
    offer = story.offer(
        receiver=receiver(languages=frozenset({"it"})),
        needs=frozenset({Need.RECEPTION, Need.INTERPRETATION}),
    )
    assert kinds(story.do(offer)) == [fact.ReferralOffered]


def test_nobody_is_excluded_while_the_language_is_unknown(story: Story) -> None:
    unknown = Fit(gender=Gender.FEMININE, languages=frozenset())
    assert kinds(story.do(story.offer(fit=unknown))) == [fact.ReferralOffered]


@pytest.mark.parametrize(
    "changes",
    [
        {"ground": Ground(basis=Basis.CONSENT, consent=FOR_SHELTER)},
        {"ground": Ground(basis=Basis.CONSENT)},
        {"purpose": Purpose.PROCEEDINGS},
        {"categories": CATEGORIES | {DataCategory.EXPLOITATION}},
        {"receiver": receiver(SHELTER)},
    ],
)
def test_nothing_is_offered_without_a_consent_that_covers_it(
    story: Story, changes: dict[str, Any]
) -> None:
    assert story.refused(story.offer(**changes)) == "consent-missing"


def test_nothing_is_offered_on_a_withdrawn_or_ended_consent(story: Story) -> None:
    late = story.offer()
    story.now += 300 * DAY
    assert story.refused(story.offer()) == "consent-missing"
    story.do(story.withdraw_consent())
    assert story.refused(late) == "consent-missing"


def test_a_consent_for_a_group_covers_its_members(story: Story) -> None:
    story.do(
        story.grant(
            consent=FOR_SHELTER,
            recipient=None,
            group=BlockedGroup.POLICE,
            blocked=frozenset({BlockedGroup.POLICE}),
        )
    )
    police = receiver(SHELTER, groups=frozenset({BlockedGroup.POLICE}))
    ground = Ground(basis=Basis.CONSENT, consent=FOR_SHELTER)
    assert kinds(story.do(story.offer(receiver=police, ground=ground))) == [fact.ReferralOffered]


def test_a_blocked_group_gets_no_offer_on_another_ground() -> None:
    story = Story()
    story.open(AgeBand.CHILD)
    family = receiver(SHELTER, groups=frozenset({BlockedGroup.FAMILY}), child_protection=True)
    offer = story.offer(receiver=family, ground=Ground(basis=Basis.CHILD_PROTECTION))
    assert story.refused(offer) == "disclosure-blocked"


def test_a_child_is_referred_by_or_to_child_protection() -> None:
    story = Story()
    story.open(AgeBand.UNKNOWN)
    ground = Ground(basis=Basis.CHILD_PROTECTION)
    assert story.refused(story.offer(ground=ground)) == "not-child-protection"
    authority = worker_of(NGO_D, duties=frozenset({"child_protection"}))
    assert kinds(story.do(story.offer(by=authority, ground=ground))) == [fact.ReferralOffered]


def test_child_protection_is_no_ground_for_an_adult(story: Story) -> None:
    ground = Ground(basis=Basis.CHILD_PROTECTION)
    assert story.refused(story.offer(ground=ground)) == "not-a-child"


def test_a_second_transfer_is_refused_while_one_is_open(story: Story) -> None:
    story.do(story.offer())
    assert story.refused(story.offer(referral=SECOND)) == "transfer-already-open"


def test_an_urgent_transfer_takes_a_waiting_one_back(story: Story) -> None:
    story.do(story.offer())
    story.do(story.accept())

    taken_back, offered = story.do(story.offer(referral=SECOND, urgent=YesNo.YES))

    assert isinstance(taken_back, fact.ReferralWithdrawn)
    assert taken_back.reason is WithdrawalReason.URGENT_TRANSFER
    assert isinstance(offered, fact.ReferralOffered)
    assert isinstance(story.opened.referrals[REFERRAL], TakenBack)


def test_a_hand_off_that_began_is_not_interrupted(story: Story) -> None:
    story.do(story.offer())
    story.do(story.accept())
    story.do(story.confirm(NGO_O))
    urgent = story.offer(referral=SECOND, urgent=YesNo.YES)
    assert story.refused(urgent) == "transfer-already-open"


def test_any_number_of_needs_may_be_shared_beside_a_transfer(story: Story) -> None:
    story.do(story.offer())
    assert kinds(story.do(story.offer(referral=SECOND, kind=SHARED))) == [fact.ReferralOffered]


def test_a_referral_is_offered_once(story: Story) -> None:
    story.do(story.offer())
    assert story.refused(story.offer(kind=SHARED)) == "out-of-order"


def test_an_offer_takes_the_next_route_of_a_lost_one(story: Story) -> None:
    story.do(story.offer())
    story.do(story.simple(ask.DeclineReferral, NGO_O, reason=DeclineReason.OTHER))

    _, taken = story.do(story.offer(referral=SECOND, replaces=REFERRAL))

    assert isinstance(taken, fact.NextRouteTaken)
    assert story.opened.routes == {}


def test_a_crisis_is_answered_within_its_own_deadline(story: Story) -> None:
    story.do(story.offer(urgent=YesNo.YES, acknowledge_by=due(4 * HOUR), answer_by=due(4 * HOUR)))
    assert kinds(story.wait(5 * HOUR)) == [fact.ReferralTimedOut]


def test_a_return_has_one_open_referral(story: Story) -> None:
    story.do(story.offer(linked_return=RETURN))
    again = story.offer(referral=SECOND, kind=SHARED, linked_return=RETURN)
    assert story.refused(again) == "return-already-linked"
    urgent = story.offer(referral=SECOND, urgent=YesNo.YES, linked_return=RETURN)
    assert fact.ReferralOffered in kinds(story.do(urgent))


def test_a_trip_to_a_hearing_moves_no_custody(story: Story) -> None:
    story.do(story.simple(ask.NoteReturn, NGO_D, moves_no_custody=True))
    assert story.refused(story.offer(linked_return=RETURN)) == "trip-moves-no-custody"
    shared = story.offer(kind=SHARED, linked_return=RETURN)
    assert kinds(story.do(shared)) == [fact.ReferralOffered]


def test_nothing_is_offered_for_a_return_that_ended(story: Story) -> None:
    story.do(story.simple(ask.NoteReturn, NGO_D))
    story.do(story.simple(ask.NoteReturnEnd, NGO_D))
    assert story.refused(story.offer(linked_return=RETURN)) == "return-ended"
