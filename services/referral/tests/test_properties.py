"""Whatever is asked in whatever order: one custodian, one transfer, no deadline twice."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from nrm_contracts.codes import ServiceName, YesNo
from nrm_contracts.consent_codes import Basis, ReferralKind, WithdrawnBy
from nrm_contracts.ids import ClosingId, ConsentId, OrganisationId, ReferralId
from nrm_referral.codec import CODEC
from nrm_referral.domain import case
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import open_transfer, unfinished
from nrm_referral.domain.states import (
    Accepted,
    Acknowledged,
    Arrived,
    Closed,
    Delivered,
    Granted,
    Handed,
    Offered,
    Opened,
    Unfinished,
)
from nrm_referral.domain.values import Ground
from nrm_referral.publishing import tell
from nrm_runtime.core import Command, Refused
from services.referral.tests.given import (
    AGENCY,
    DAY,
    HOUR,
    NGO_D,
    NGO_O,
    RETURN,
    SHARED,
    SHELTER,
    SYSTEM,
    TRANSFER,
    Story,
    due,
    receiver,
)

ORGANISATIONS = st.sampled_from([NGO_D, NGO_O, SHELTER, AGENCY])
SOMEBODY = st.none() | ORGANISATIONS  # nobody in particular is the custodian
RECEIVERS = st.sampled_from([NGO_D, NGO_O, SHELTER])
KINDS = st.sampled_from([TRANSFER, TRANSFER, SHARED])
ANSWERS = st.sampled_from(
    [
        ask.NoteDelivery,
        ask.AcknowledgeOffer,
        ask.AcceptReferral,
        ask.AcceptReferral,
        ask.DeclineReferral,
        ask.WithdrawReferral,
        ask.BackOut,
        ask.RescheduleHandOff,
        ask.FinishReferral,
        ask.TakeNextRoute,
        ask.ReleasePacket,
    ]
)
CLOSED_AFTER = 3  # consents and referrals, so that most cases live a while
JOURNEYS = st.sampled_from([ask.NoteReturn, ask.NoteItinerary, ask.NoteArrival, ask.NoteReturnEnd])


class Cases(RuleBasedStateMachine):
    """A case, and everybody who may ask something of it."""

    seen: ClassVar[set[type[fact.CaseEvent]]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.story.open()
        self.count = 0

    def _new(self) -> UUID:
        self.count += 1
        return UUID(int=self.count)

    def _try(self, command: Command) -> None:
        before = self.story.opened
        try:
            new = self.story.do(command)
        except Refused:
            return
        self._check_moves(before, new)

    def _check_moves(self, before: Opened, new: tuple[fact.CaseEvent, ...]) -> None:
        for event in new:
            if isinstance(event, fact.CustodyMoved):
                moving = before.referrals[event.referral]
                assert isinstance(moving, Accepted)
                confirmed = {
                    one.organisation
                    for one in self.story.events
                    if isinstance(one, fact.HandOffConfirmed) and one.referral == event.referral
                }
                assert confirmed >= {event.sender, event.receiver}
            if isinstance(event, fact.PacketReleased) and event.ground.consent is not None:
                consent = before.consents[event.ground.consent]
                assert isinstance(consent, Granted)
                assert event.at < consent.given.until.at
            if isinstance(event, fact.HandedOver) and event.terms.linked_return is not None:
                assert isinstance(before.returns[event.terms.linked_return], Arrived)

    @initialize(linked=st.booleans(), kind=KINDS)
    def begin(self, kind: ReferralKind, *, linked: bool) -> None:
        consent, referral = ConsentId(self._new()), ReferralId(self._new())
        self._try(self.story.grant(consent=consent))
        self._try(
            self.story.offer(
                referral=referral,
                kind=kind,
                ground=Ground(basis=Basis.CONSENT, consent=consent),
                linked_return=RETURN if linked else None,
            )
        )

    @rule(recipient=RECEIVERS, by=SOMEBODY, days=st.integers(2, 60))
    def grant(self, recipient: OrganisationId, by: OrganisationId | None, days: int) -> None:
        self._try(
            self.story.grant(
                by=by or self.story.opened.custodian,
                consent=ConsentId(self._new()),
                recipient=recipient,
                until=due(days * DAY, self.story.now),
            )
        )

    @precondition(lambda self: self.story.opened.consents)
    @rule(
        data=st.data(),
        to=st.none() | RECEIVERS,
        by=SOMEBODY,
        kind=KINDS,
        urgent=st.sampled_from(YesNo),
        linked=st.booleans(),
    )
    def offer(
        self,
        data: st.DataObject,
        to: OrganisationId | None,
        by: OrganisationId | None,
        kind: ReferralKind,
        urgent: YesNo,
        *,
        linked: bool,
    ) -> None:
        consent = data.draw(st.sampled_from(sorted(self.story.opened.consents, key=str)))
        named = self.story.opened.consents[consent].given.recipient
        assert named is not None
        self._try(
            self.story.offer(
                by=by or self.story.opened.custodian,
                referral=ReferralId(self._new()),
                kind=kind,
                receiver=receiver(to or named, agency=None),
                ground=Ground(basis=Basis.CONSENT, consent=consent),
                urgent=urgent,
                linked_return=RETURN if linked else None,
            )
        )

    @precondition(lambda self: self.story.opened.referrals)
    @rule(data=st.data(), kind=ANSWERS, by=ORGANISATIONS, as_party=st.booleans())
    def answer(
        self, data: st.DataObject, kind: type[Command], by: OrganisationId, *, as_party: bool
    ) -> None:
        referral = data.draw(st.sampled_from(sorted(self.story.opened.referrals, key=str)))
        terms = self.story.opened.referrals[referral].terms
        if as_party:
            by = terms.sender if kind is ask.WithdrawReferral else terms.receiver
        changes: dict[str, Any] = {"referral": referral}
        if kind is ask.AcceptReferral:
            self._try(self.story.accept(by=by, **changes))
        elif kind is ask.ReleasePacket:
            self._try(self.story.release(by=by, **changes))
        elif kind is ask.WithdrawReferral:
            word = data.draw(st.sampled_from(WithdrawnBy))
            self._try(self.story.simple(kind, by, on_word_of=word, **changes))
        else:
            if kind is ask.RescheduleHandOff:
                changes["agreed_at"] = self.story.now + DAY
                changes["confirm_by"] = due(2 * DAY, self.story.now)
            self._try(self.story.simple(kind, by, **changes))

    @precondition(lambda self: self.story.opened.referrals)
    @rule(keeps=st.sampled_from(YesNo), sides=st.integers(0, 2), hours=st.integers(0, 30))
    def go_on_with_the_last_offer(self, keeps: YesNo, sides: int, hours: int) -> None:
        referral = list(self.story.opened.referrals)[-1]
        terms = self.story.opened.referrals[referral].terms
        self._try(self.story.accept(by=terms.receiver, referral=referral))
        self._try(self.story.release(by=terms.receiver, referral=referral))
        self.story.wait(hours * HOUR)
        for side in (terms.receiver, terms.sender)[:sides]:
            self._try(self.story.confirm(side, referral=referral, keeps_assistance=keeps))

    @precondition(lambda self: self.story.opened.referrals)
    @rule(data=st.data(), keeps=st.sampled_from(YesNo), sides=st.integers(1, 2))
    def confirm(self, data: st.DataObject, keeps: YesNo, sides: int) -> None:
        referral = data.draw(st.sampled_from(sorted(self.story.opened.referrals, key=str)))
        terms = self.story.opened.referrals[referral].terms
        for side in (terms.receiver, terms.sender)[:sides]:
            self._try(self.story.confirm(side, referral=referral, keeps_assistance=keeps))

    @precondition(lambda self: self.story.opened.consents)
    @rule(data=st.data(), by=ORGANISATIONS, ends=st.booleans())
    def take_back(self, data: st.DataObject, by: OrganisationId, *, ends: bool) -> None:
        consent = data.draw(st.sampled_from(sorted(self.story.opened.consents, key=str)))
        if ends:
            self._try(self.story.withdraw_consent(by=by, consent=consent))
        else:
            self._try(self.story.simple(ask.AcknowledgeWithdrawal, by, consent=consent))

    @rule(kind=JOURNEYS, hours=st.integers(0, 100))
    def journey(self, kind: type[Command], hours: int) -> None:
        changes: dict[str, Any] = {}
        if kind is ask.NoteItinerary:
            changes["arrives_at"] = self.story.now + hours * HOUR
        if kind is ask.NoteArrival:
            changes["arrived_at"] = self.story.now
        self._try(self.story.simple(kind, SYSTEM, **changes))

    @precondition(lambda self: self.count > CLOSED_AFTER)
    @rule(answered=st.integers(0, 3), winds_up=st.booleans())
    def close(self, answered: int, *, winds_up: bool) -> None:
        story = self.story
        if winds_up:
            for one in unfinished(story.opened):
                named = {"referral": one.terms.referral}
                self._try(story.simple(ask.WithdrawReferral, one.terms.sender, **named))
                self._try(story.simple(ask.FinishReferral, one.terms.receiver, **named))
        closing = ClosingId(self._new())
        self._try(story.propose_closing(by=story.opened.custodian, closing=closing))
        services = (ServiceName.IDENTIFICATION, ServiceName.ASSISTANCE, ServiceName.RETURN)
        for service in services[:answered]:
            self._try(story.answer_closing(service, closing=closing))
        self._try(story.simple(ask.CheckClosing, AGENCY))
        self._try(story.simple(ask.CloseCase, story.opened.custodian))

    @precondition(lambda self: isinstance(self.story.opened.life, Closed))
    @rule()
    def reopen(self) -> None:
        self._try(self.story.simple(ask.ReopenCase, self.story.opened.custodian))
        self.story.wait(timedelta(0))  # consents that ended meanwhile

    @rule(hours=st.integers(1, 200))
    def wait(self, hours: int) -> None:
        self.story.wait(hours * HOUR)

    @invariant()
    def custody_is_with_the_recorder_or_the_last_confirmed_receiver(self) -> None:
        moves = [one for one in self.story.events if isinstance(one, fact.CustodyMoved)]
        expected = moves[-1].receiver if moves else NGO_D
        assert self.story.opened.custodian == expected

    @invariant()
    def at_most_one_transfer_is_open(self) -> None:
        on_its_way = Offered | Delivered | Acknowledged | Accepted
        transfers = [
            one
            for one in self.story.opened.referrals.values()
            if isinstance(one, on_its_way) and one.terms.kind is TRANSFER
        ]
        assert len(transfers) <= 1
        assert (open_transfer(self.story.opened) is None) == (not transfers)
        assert all(one.terms.sender == self.story.opened.custodian for one in transfers)

    @invariant()
    def each_deadline_fires_once_and_none_is_forgotten(self) -> None:
        assert len(set(self.story.fired)) == len(self.story.fired)
        late = [one for one in case.clocks(self.story.state).values() if one.at < self.story.now]
        assert not late

    @invariant()
    def nothing_is_open_in_a_closed_case(self) -> None:
        if isinstance(self.story.opened.life, Closed):
            assert not any(
                isinstance(one, Unfinished) for one in self.story.opened.referrals.values()
            )

    @invariant()
    def a_withdrawn_consent_carries_nothing_that_still_waits(self) -> None:
        for one in self.story.opened.referrals.values():
            if isinstance(one, Unfinished) and not isinstance(one, Handed):
                consent = one.terms.ground.consent
                assert consent is not None
                kind = type(self.story.opened.consents[consent]).__name__
                assert kind in {"Granted", "Expired"}

    def teardown(self) -> None:
        """History reads back as it was, and what is told of it is sound."""
        again = case.initial
        for event in self.story.events:
            self.seen.add(type(event))
            name, version, body = CODEC.encode(event)
            read = CODEC.decode(name, version, body)
            assert read == event
            again = case.evolve(again, event)
            told = tell(event)
            assert told is None or told.data() is not None
        assert again == self.story.state
        assert timedelta(0) <= self.story.now - self.story.events[0].at


REACHED_AT_LEAST = {
    fact.CustodyMoved,
    fact.ReferralTimedOut,
    fact.ReferralEscalated,
    fact.ReferralWithdrawn,
    fact.ReceiverLost,
    fact.PacketReleased,
    fact.ConsentWithdrawn,
    fact.ConsentExpired,
    fact.ClosingAbandoned,
    fact.CaseClosed,
    fact.CaseReopened,
}


def test_whatever_is_asked_in_whatever_order_the_promises_hold() -> None:
    Cases.seen.clear()
    often = settings(max_examples=150, stateful_step_count=40, deadline=None, derandomize=True)
    run_state_machine_as_test(Cases, settings=often)
    assert Cases.seen >= REACHED_AT_LEAST
