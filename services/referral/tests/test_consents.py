"""Consents to disclose: who may record them, whom they cover, how they end."""

from datetime import timedelta
from typing import Any

import pytest

from nrm_contracts.codes import AgeBand, YesNo
from nrm_contracts.consent_codes import (
    BlockedGroup,
    ConsentGiver,
    DataCategory,
    Purpose,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.ids import ConsentId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import (
    Expired,
    Granted,
    Settled,
    TakenBack,
    Unacknowledged,
    Withdrawn,
)
from services.referral.tests.given import (
    AGENCY,
    CONSENT,
    DAY,
    NGO_D,
    NGO_O,
    REFERRAL,
    STRANGER,
    Story,
    due,
    kinds,
)


@pytest.fixture
def story() -> Story:
    """Give a case that is open."""
    begun = Story()
    begun.open()
    return begun


def test_the_custodian_records_a_consent(story: Story) -> None:
    (granted,) = story.do(story.grant())

    assert isinstance(granted, fact.ConsentGranted)
    assert (granted.recipient, granted.organisation) == (NGO_O, NGO_D)
    assert isinstance(story.opened.consents[CONSENT], Granted)


def test_who_takes_no_part_records_no_consent(story: Story) -> None:
    assert story.refused(story.grant(by=STRANGER)) == "not-a-party"


def test_a_receiver_that_accepted_records_consents_too() -> None:
    story = Story().until_accepted()
    another = ConsentId(REFERRAL)
    assert kinds(story.do(story.grant(by=NGO_O, consent=another))) == [fact.ConsentGranted]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"recipient": None}, "recipient-unclear"),
        ({"group": BlockedGroup.FAMILY}, "recipient-unclear"),
        ({"recipient": None, "group": BlockedGroup.EXPLOITER}, "disclosure-blocked"),
        ({"categories": frozenset()}, "consent-empty"),
        ({"until": due(timedelta(0))}, "consent-past"),
    ],
)
def test_a_consent_that_means_nothing_is_refused(
    story: Story, changes: dict[str, Any], code: str
) -> None:
    assert story.refused(story.grant(**changes)) == code


def test_a_consent_is_recorded_once(story: Story) -> None:
    story.do(story.grant())
    assert story.refused(story.grant()) == "out-of-order"


@pytest.mark.parametrize("age", [AgeBand.CHILD, AgeBand.UNKNOWN])
def test_for_a_child_the_guardian_consents_and_the_child_agrees(age: AgeBand) -> None:
    story = Story()
    story.open(age)

    assert story.refused(story.grant()) == "guardian-required"
    against = story.grant(giver=ConsentGiver.GUARDIAN, assent=YesNo.NO)
    assert story.refused(against) == "assent-missing"
    agreed = story.grant(giver=ConsentGiver.GUARDIAN, assent=YesNo.YES)
    assert kinds(story.do(agreed)) == [fact.ConsentGranted]


def test_a_withdrawal_reaches_everybody_who_knows_something_by_it() -> None:
    story = Story().until_handed()

    (withdrawn,) = story.do(story.withdraw_consent())

    assert isinstance(withdrawn, fact.ConsentWithdrawn)
    assert withdrawn.received == {NGO_O}
    assert isinstance(story.opened.consents[CONSENT], Withdrawn)
    assert kinds(story.do(story.simple(ask.AcknowledgeWithdrawal, NGO_O))) == [
        fact.WithdrawalAcknowledged
    ]
    assert isinstance(story.opened.consents[CONSENT], Settled)


def test_who_never_got_the_offer_need_not_acknowledge() -> None:
    story = Story().until_offered()
    withdrawn, *_ = story.do(story.withdraw_consent())
    assert isinstance(withdrawn, fact.ConsentWithdrawn)
    assert withdrawn.received == frozenset()
    assert isinstance(story.opened.consents[CONSENT], Settled)
    acknowledgement = story.simple(ask.AcknowledgeWithdrawal, NGO_O)
    assert story.refused(acknowledgement) == "nothing-received"


def test_a_withdrawal_takes_back_what_was_not_handed_over() -> None:
    story = Story().until_accepted()

    _, taken_back = story.do(story.withdraw_consent(by=NGO_O))

    assert isinstance(taken_back, fact.ReferralWithdrawn)
    assert taken_back.on_word_of is WithdrawnBy.PERSON
    assert taken_back.reason is WithdrawalReason.CONSENT_WITHDRAWN
    assert isinstance(story.opened.referrals[REFERRAL], TakenBack)
    assert story.opened.custodian == NGO_D


def test_a_withdrawal_wins_over_one_confirmation() -> None:
    story = Story().until_accepted()
    story.do(story.confirm(NGO_O))
    assert fact.ReferralWithdrawn in kinds(story.do(story.withdraw_consent()))
    assert story.refused(story.confirm(NGO_D)) == "out-of-order"


def test_a_stranger_withdraws_nothing(story: Story) -> None:
    story.do(story.grant())
    assert story.refused(story.withdraw_consent(by=STRANGER)) == "not-a-party"


def test_a_consent_is_withdrawn_once(story: Story) -> None:
    story.do(story.grant())
    story.do(story.withdraw_consent())
    assert story.refused(story.withdraw_consent()) == "out-of-order"


def test_an_unknown_consent_cannot_be_withdrawn(story: Story) -> None:
    assert story.refused(story.withdraw_consent()) == "consent-unknown"


def test_a_second_acknowledgement_stays_quiet() -> None:
    story = Story().until_handed()
    story.do(story.withdraw_consent())
    story.do(story.simple(ask.AcknowledgeWithdrawal, NGO_O))
    assert story.do(story.simple(ask.AcknowledgeWithdrawal, NGO_O)) == ()


def test_a_missing_acknowledgement_is_told_once_and_may_still_come() -> None:
    story = Story().until_handed()
    story.do(story.withdraw_consent())

    told = [one for one in story.wait(10 * DAY) if isinstance(one, fact.WithdrawalUnanswered)]

    assert [one.organisation for one in told] == [NGO_O]
    assert isinstance(story.opened.consents[CONSENT], Unacknowledged)
    story.do(story.simple(ask.AcknowledgeWithdrawal, NGO_O))
    assert isinstance(story.opened.consents[CONSENT], Settled)


def test_a_consent_ends_at_its_date(story: Story) -> None:
    story.do(story.grant(until=due(2 * DAY)))
    told = story.wait(3 * DAY)
    assert kinds(told) == [fact.ConsentExpired]
    assert isinstance(story.opened.consents[CONSENT], Expired)
    assert story.refused(story.offer()) == "consent-missing"


def test_an_ended_consent_can_still_be_withdrawn() -> None:
    story = Story().until_handed()
    story.wait(201 * DAY)
    withdrawn, *_ = story.do(story.withdraw_consent())
    assert isinstance(withdrawn, fact.ConsentWithdrawn)
    assert withdrawn.received == {NGO_O}


def test_the_family_is_told_nothing_unless_a_consent_names_it(story: Story) -> None:
    assert story.refused(story.simple(ask.InformGroup, NGO_D)) == "disclosure-blocked"

    story.do(
        story.grant(
            recipient=None,
            group=BlockedGroup.FAMILY,
            categories=frozenset({DataCategory.NEEDS}),
            blocked=frozenset(),
        )
    )

    assert kinds(story.do(story.simple(ask.InformGroup, NGO_D))) == [fact.GroupInformed]
    more = story.simple(
        ask.InformGroup,
        NGO_D,
        categories=frozenset({DataCategory.NEEDS, DataCategory.EXPLOITATION}),
    )
    assert story.refused(more) == "disclosure-blocked"
    other = story.simple(ask.InformGroup, NGO_D, purpose=Purpose.STATISTICS)
    assert story.refused(other) == "disclosure-blocked"
    stranger = story.simple(ask.InformGroup, STRANGER)
    assert story.refused(stranger) == "not-a-party"


def test_what_was_withdrawn_informs_nobody(story: Story) -> None:
    story.do(story.grant(recipient=None, group=BlockedGroup.FAMILY))
    story.do(story.withdraw_consent())
    assert story.refused(story.simple(ask.InformGroup, NGO_D)) == "disclosure-blocked"


def test_the_exploiter_is_told_nothing_at_all(story: Story) -> None:
    told = story.simple(ask.InformGroup, NGO_D, group=BlockedGroup.EXPLOITER)
    assert story.refused(told) == "disclosure-blocked"


def test_the_agency_records_no_consent(story: Story) -> None:
    assert story.refused(story.grant(by=AGENCY)) == "not-a-party"
