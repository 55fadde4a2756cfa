"""One case in which every kind of event happens."""

from typing import Any
from uuid import UUID

from nrm_contracts.codes import AgeBand, OpenMatter, ServiceName
from nrm_contracts.consent_codes import Basis, BlockedGroup, DataCategory, Need
from nrm_contracts.ids import ClosingId, ConsentId, ReferralId, ReturnId
from nrm_referral.domain import commands as ask
from nrm_referral.domain.values import Ground
from services.referral.tests.given import (
    CATEGORIES,
    DAY,
    FOR_SHELTER,
    NGO_D,
    NGO_O,
    OVERRIDE,
    RETURN,
    SECOND,
    SHARED,
    SHELTER,
    SYSTEM,
    Story,
    due,
    receiver,
    worker_of,
)

OTHER_CONSENT = ConsentId(UUID(int=1))
THIRD = ReferralId(UUID(int=3))
ANOTHER_RETURN = ReturnId(UUID(int=9))


def _begin(story: Story) -> None:
    story.open(AgeBand.UNKNOWN)
    story.do(story.simple(ask.NoteAge, SYSTEM, age=AgeBand.ADULT))
    story.do(story.simple(ask.LinkCase, NGO_D))
    story.do(story.grant())
    family: dict[str, Any] = {
        "recipient": None,
        "group": BlockedGroup.FAMILY,
        "until": due(30 * DAY),
    }
    story.do(story.grant(consent=OTHER_CONSENT, **family))
    story.do(story.simple(ask.InformGroup, NGO_D))
    story.do(story.propose_override())
    story.do(story.simple(ask.ApproveOverride, worker_of(NGO_D, "second")))


def _refer(story: Story) -> None:
    for journey in (ask.NoteReturn, ask.NoteItinerary):
        story.do(story.simple(journey, SYSTEM))
    story.do(story.offer(linked_return=RETURN))
    story.do(story.simple(ask.NoteDelivery, NGO_O))
    story.do(story.simple(ask.AcknowledgeOffer, NGO_O))
    story.do(story.accept())
    story.do(story.release())
    story.do(story.simple(ask.RescheduleHandOff, NGO_O))
    story.do(
        story.offer(
            referral=SECOND,
            kind=SHARED,
            needs=frozenset({Need.ACCOMMODATION}),
            receiver=receiver(SHELTER),
            purpose=story.propose_override().purpose,
            categories=frozenset({DataCategory.NEEDS}),
            ground=Ground(basis=Basis.LEGAL_GROUND, override=OVERRIDE),
        )
    )
    story.do(story.simple(ask.NoteArrival, SYSTEM, arrived_at=story.now))
    story.do(story.confirm(NGO_O))
    story.do(story.confirm(NGO_D))
    story.do(story.accept(by=SHELTER, referral=SECOND))
    story.do(story.simple(ask.BackOut, SHELTER, referral=SECOND))
    story.do(story.simple(ask.TakeNextRoute, NGO_O, referral=SECOND))


def _lose(story: Story) -> None:
    """Declined, timed out, withdrawn: each after an offer of the new custodian."""
    steps = (
        story.simple(ask.DeclineReferral, SHELTER, referral=THIRD),
        story.simple(ask.WithdrawReferral, NGO_O, referral=ReferralId(UUID(int=4))),
        None,
    )
    story.do(story.grant(by=NGO_O, consent=FOR_SHELTER, recipient=SHELTER, categories=CATEGORIES))
    for number, step in enumerate(steps, start=3):
        story.do(
            story.offer(
                by=NGO_O,
                referral=ReferralId(UUID(int=number)),
                receiver=receiver(SHELTER),
                ground=Ground(basis=Basis.CONSENT, consent=FOR_SHELTER),
                linked_return=ANOTHER_RETURN if number == 3 else None,
            )
        )
        if step is not None:
            story.do(step)
    story.wait(40 * DAY)
    story.do(story.simple(ask.NoteReturnEnd, SYSTEM, return_id=ANOTHER_RETURN))


def _end(story: Story) -> None:
    story.do(story.simple(ask.FinishReferral, NGO_O))
    story.do(story.withdraw_consent(by=NGO_O))
    story.wait(3 * DAY)
    story.do(story.simple(ask.AcknowledgeWithdrawal, NGO_O))
    agency = story.opened.agency
    assert agency is not None
    for number, last in ((5, OpenMatter.PLAN), (6, None)):
        closing = ClosingId(UUID(int=number))
        story.do(story.propose_closing(by=NGO_O, closing=closing))
        for service in (ServiceName.IDENTIFICATION, ServiceName.ASSISTANCE):
            story.do(story.answer_closing(service, closing=closing))
        matters = () if last is None else (last,)
        story.do(story.answer_closing(ServiceName.RETURN, *matters, closing=closing))
    story.do(story.simple(ask.CheckClosing, agency))
    story.do(story.simple(ask.CloseCase, NGO_O))
    story.do(story.simple(ask.ReopenCase, NGO_O))


def whole_life() -> Story:
    """Tell it."""
    story = Story()
    for part in (_begin, _refer, _lose, _end):
        part(story)
    return story
