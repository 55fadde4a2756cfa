"""The table of what each state allows is what `decide` does: every state × every command."""

from collections.abc import Callable, Mapping

import pytest

from nrm_contracts.codes import AgeBand, ServiceName
from nrm_referral.domain import case
from nrm_referral.domain import commands as ask
from nrm_referral.domain import states as state
from nrm_runtime.core import Command, FallDue, Refused, TooEarly
from services.referral.tests.given import (
    AGENCY,
    CLOSING,
    CONSENT,
    DAY,
    NGO_D,
    NGO_O,
    PERSON,
    REFERRAL,
    SECOND,
    SYSTEM,
    Story,
    worker_of,
)

NOT_ALLOWED = {"answered-too-late", "case-closed", "case-closing", "agency-check-missing"}
"""How a state says no beside `out-of-order`; every other code is a guard's."""

COMMANDS: frozenset[type[Command]] = frozenset().union(*case.ALLOWED.values())


def _lost(step: type[Command]) -> Story:
    story = Story().until_accepted() if step is ask.BackOut else Story().until_offered()
    story.do(story.simple(step, NGO_O))
    return story


def _then(story: Story, *commands: Command) -> Story:
    for command in commands:
        story.do(command)
    return story


def _waited(story: Story, days: int) -> Story:
    story.wait(days * DAY)
    return story


def _opened() -> Story:
    story = Story()
    story.open()
    return story


def _withdrawn() -> Story:
    story = Story().until_handed()
    return _then(story, story.withdraw_consent())


def _reopened() -> Story:
    story = Story().until_closed()
    return _then(story, story.simple(ask.ReopenCase, NGO_D))


def _settled() -> Story:
    story = _withdrawn()
    return _then(story, story.simple(ask.AcknowledgeWithdrawal, NGO_O))


def _granted() -> Story:
    story = _opened()
    return _then(story, story.grant())


def _proposed() -> Story:
    story = _opened()
    return _then(story, story.propose_override())


def _approved() -> Story:
    story = _proposed()
    return _then(story, story.simple(ask.ApproveOverride, worker_of(NGO_D, "second")))


def _offer_moved(*steps: type[Command]) -> Story:
    story = Story().until_offered()
    return _then(story, *(story.simple(step, NGO_O) for step in steps))


def _closing() -> Story:
    story = _granted()
    return _then(story, story.propose_closing())


def _journey(*steps: type[Command]) -> Story:
    story = _opened()
    return _then(story, *(story.simple(step, SYSTEM) for step in steps))


def _done() -> Story:
    story = Story().until_handed()
    return _then(story, story.simple(ask.FinishReferral, NGO_O))


def _taken_back() -> Story:
    story = Story().until_offered()
    return _then(story, story.simple(ask.WithdrawReferral, NGO_D))


REACHED: Mapping[type[object], Callable[[], Story]] = {
    state.Unopened: Story,
    state.Open: _granted,
    state.Reopened: _reopened,
    state.Closed: lambda: Story().until_closed(),
    state.Granted: _granted,
    state.Expired: lambda: _waited(Story().until_handed(), 201),
    state.Withdrawn: _withdrawn,
    state.Unacknowledged: lambda: _waited(_withdrawn(), 5),
    state.Settled: _settled,
    state.OverrideOpen: _proposed,
    state.OverrideHolds: _approved,
    state.Offered: lambda: Story().until_offered(),
    state.Delivered: lambda: _offer_moved(ask.NoteDelivery),
    state.Acknowledged: lambda: _offer_moved(ask.AcknowledgeOffer),
    state.Accepted: lambda: Story().until_accepted(),
    state.Declined: lambda: _lost(ask.DeclineReferral),
    state.TimedOut: lambda: _waited(Story().until_offered(), 4),
    state.BackedOut: lambda: _lost(ask.BackOut),
    state.TakenBack: _taken_back,
    state.Handed: lambda: Story().until_handed(),
    state.Done: _done,
    state.NoClosing: _granted,
    state.ClosingOpen: _closing,
    state.ClosingApproved: lambda: Story().until_checked(),
    state.Requested: lambda: _journey(ask.NoteReturn),
    state.Planned: lambda: _journey(ask.NoteReturn, ask.NoteItinerary),
    state.Arrived: lambda: _journey(ask.NoteReturn, ask.NoteArrival),
    state.Over: lambda: _journey(ask.NoteReturn, ask.NoteReturnEnd),
}


def _of_region(reached: type[object]) -> frozenset[type[Command]]:
    """Give the commands that are addressed to the region of a state."""
    for region in (
        {state.Unopened, state.Open, state.Reopened, state.Closed},
        {state.Granted, state.Expired, state.Withdrawn, state.Unacknowledged, state.Settled},
        {state.OverrideOpen, state.OverrideHolds},
        {state.NoClosing, state.ClosingOpen, state.ClosingApproved},
        {state.Requested, state.Planned, state.Arrived, state.Over},
    ):
        if reached in region:
            return frozenset().union(*(case.ALLOWED[one] for one in region)) - {FallDue}
    referrals = set(case.ALLOWED) & set(state.Referral.__args__)
    return frozenset().union(*(case.ALLOWED[one] for one in referrals)) - {FallDue}


def _asked(story: Story, kind: type[Command]) -> Command:
    """Give a command by whoever may give it, so that only the state can say no."""
    custodian = story.opened.custodian if isinstance(story.state, state.Opened) else NGO_D
    builders: dict[type[Command], Callable[[], Command]] = {
        ask.GrantConsent: lambda: story.grant(by=custodian, consent=SECOND),
        ask.OfferReferral: lambda: story.offer(by=custodian, referral=SECOND),
        ask.AcceptReferral: story.accept,
        ask.ConfirmHandOff: lambda: story.confirm(NGO_O),
        ask.ReleasePacket: story.release,
        ask.WithdrawConsent: lambda: story.withdraw_consent(by=custodian),
        ask.ProposeOverride: story.propose_override,
        ask.ProposeClosing: lambda: story.propose_closing(by=custodian),
        ask.AnswerClosing: lambda: story.answer_closing(ServiceName.RETURN),
        ask.ApproveOverride: lambda: story.simple(kind, worker_of(NGO_D, "second")),
        ask.CheckClosing: lambda: story.simple(kind, AGENCY),
        ask.OpenCase: lambda: ask.OpenCase(
            **story.heard(),
            person=PERSON,
            custodian=NGO_D,
            agency=None,
            country="IT",
            age=AgeBand.ADULT,
        ),
    }
    by_sender = {ask.WithdrawReferral, ask.TakeNextRoute}
    by_custodian = {
        ask.LinkCase,
        ask.ReopenCase,
        ask.CloseCase,
        ask.AbandonClosing,
        ask.InformGroup,
    }
    heard = {ask.NoteAge, ask.NoteReturn, ask.NoteItinerary, ask.NoteArrival, ask.NoteReturnEnd}
    if kind in builders:
        return builders[kind]()
    if kind in by_sender:
        return story.simple(kind, NGO_D)
    if kind in by_custodian:
        return story.simple(kind, custodian)
    return story.simple(kind, SYSTEM if kind in heard else NGO_O)


def _says_no(story: Story, command: Command, reached: type[object]) -> bool:
    """Whether this state, and not a state of another region or a guard, forbids the command."""
    try:
        case.decide(story.state, command)
    except TooEarly:
        return True
    except Refused as refusal:
        here = refusal.why.endswith(f" in {reached.__name__}.")
        return refusal.code in NOT_ALLOWED or (refusal.code == "out-of-order" and here)
    return False


def test_every_state_is_in_the_table_and_reached_here() -> None:
    assert set(case.ALLOWED) == set(REACHED)


@pytest.mark.parametrize("reached", REACHED, ids=lambda one: one.__name__)
def test_the_table_is_what_decide_does(reached: type[object]) -> None:
    story = REACHED[reached]()
    commands = _of_region(reached)
    said = {kind for kind in commands if not _says_no(story, _asked(story, kind), reached)}
    assert said == case.ALLOWED[reached] & commands


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        (f"answer:{REFERRAL}", state.Offered),
        (f"acknowledge:{REFERRAL}:0", state.Delivered),
        (f"hand-off:{REFERRAL}:0", state.Accepted),
        (f"consent:{CONSENT}", state.Granted),
        (f"withdrawal:{CONSENT}", state.Withdrawn),
        (f"closing:{CLOSING}", state.ClosingApproved),
        (f"next-route:{REFERRAL}:0", state.Declined),
    ],
)
def test_a_deadline_has_an_effect_where_the_table_says_so(name: str, reached: type[object]) -> None:
    story = REACHED[reached]()
    at = case.clocks(story.state)[name].at
    assert FallDue in case.ALLOWED[reached]
    assert story.do(FallDue(id=SECOND, by=SYSTEM, at=at, name=name)) != ()
    assert name not in case.clocks(story.state)
    assert story.do(FallDue(id=CONSENT, by=SYSTEM, at=at, name=name)) == ()


def test_every_command_is_known_to_some_state() -> None:
    named = {
        one
        for one in vars(ask).values()
        if isinstance(one, type) and issubclass(one, Command) and one is not Command
    }
    assert named | {FallDue} == COMMANDS
