"""What referral does when another service tells a fact."""

from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from nrm_contracts import assistance, identification, notifications, returns
from nrm_contracts.care_codes import Destination, RefusalReason, ReturnKind
from nrm_contracts.codes import (
    AgeBand,
    Channel,
    NotificationChannel,
    OpenMatter,
    ServiceName,
    Trigger,
    YesNo,
)
from nrm_contracts.contract import Contract
from nrm_contracts.ids import AboutId, NotificationId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.handlers import HEARS, hears
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Command
from services.referral.tests.given import (
    AGENCY,
    CLOSING,
    DAY,
    NGO_D,
    NGO_O,
    REFERRAL,
    RETURN,
    START,
    SYSTEM,
    Story,
    kinds,
)

T = TypeVar("T", bound=Contract)


def heard(data: T) -> Heard[T]:
    """Give a fact as it is heard a day after it happened."""
    return Heard(
        data=data,
        case=UUID(int=7),
        message=UUID(int=8),
        event=uuid4(),
        occurred_at=START,
        now=START + DAY,
        by=SYSTEM,
    )


def answered(data: Contract) -> tuple[Command, ...]:
    """Give the commands that a fact leads to."""
    return HEARS[type(data)](heard(data))


def signal(*notify: UUID) -> identification.SignalReceived:
    """Give a signal recorded by the destination NGO."""
    return identification.SignalReceived(
        organisation=NGO_D,
        country="IT",
        trigger=Trigger.INDICATORS,
        channel=Channel.HELPLINE,
        age=AgeBand.ADULT,
        spoken_to=YesNo.YES,
        notify=tuple(notify),  # type: ignore[arg-type]
        notify_by=START + DAY,
        profile="IT@1",
        calendar="none",
    )


def test_a_signal_opens_a_case_at_its_recorder_when_it_happened() -> None:
    (command,) = answered(signal(AGENCY))
    assert isinstance(command, ask.OpenCase)
    assert (command.custodian, command.agency, command.at) == (NGO_D, AGENCY, START)


def test_nobody_guesses_an_agency_among_several() -> None:
    (command,) = answered(signal(AGENCY, NGO_O))
    assert isinstance(command, ask.OpenCase)
    assert command.agency is None


def test_the_directory_knows_the_agency_of_a_country() -> None:
    fact_heard = heard(signal(AGENCY, NGO_O))
    known = hears({"IT": AGENCY}.get)[identification.SignalReceived]
    (command,) = known(fact_heard)
    assert isinstance(command, ask.OpenCase)
    assert command.agency == AGENCY


def test_a_repeated_message_makes_the_same_command() -> None:
    (first,), (second,) = answered(signal(AGENCY)), answered(signal(AGENCY))
    assert first == second


def sent(channel: NotificationChannel, about: AboutId | None) -> Contract:
    """Give a notice that went out."""
    return notifications.NotificationSent(
        notification=NotificationId(uuid4()),
        organisation=NGO_O,
        channel=channel,
        about=about,
        attempts=1,
    )


def test_an_answered_webhook_about_an_offer_delivers_it() -> None:
    story = Story().until_offered()
    (command,) = answered(sent(NotificationChannel.WEBHOOK, AboutId(REFERRAL)))
    assert kinds(story.do(command)) == [fact.ReferralDelivered]


@pytest.mark.parametrize(
    ("channel", "about"),
    [
        (NotificationChannel.EMAIL, AboutId(REFERRAL)),
        (NotificationChannel.INBOX, AboutId(REFERRAL)),
        (NotificationChannel.WEBHOOK, None),
    ],
)
def test_a_mail_delivers_nothing(channel: NotificationChannel, about: AboutId | None) -> None:
    assert answered(sent(channel, about)) == ()


@pytest.mark.parametrize(
    ("module", "service"),
    [
        (identification, ServiceName.IDENTIFICATION),
        (assistance, ServiceName.ASSISTANCE),
        (returns, ServiceName.RETURN),
    ],
)
def test_each_service_answers_a_closing_in_its_own_name(module: Any, service: ServiceName) -> None:
    (nothing,) = answered(module.NothingOpen(closing=CLOSING))
    (still,) = answered(module.StillOpen(closing=CLOSING, open=(OpenMatter.PLAN,)))
    assert isinstance(nothing, ask.AnswerClosing)
    assert isinstance(still, ask.AnswerClosing)
    assert (nothing.service, nothing.open) == (service, frozenset())
    assert (still.service, still.open) == (service, frozenset({OpenMatter.PLAN}))


@pytest.mark.parametrize(
    ("kind", "moves_no_custody"),
    [(ReturnKind.TO_ORIGIN, False), (ReturnKind.HEARING_TRIP, True)],
)
def test_a_trip_to_a_hearing_is_known_as_one(kind: ReturnKind, *, moves_no_custody: bool) -> None:
    requested = returns.ReturnRequested(
        return_id=RETURN,
        kind=kind,
        origin="IT",
        destination_country="RO",
        destination=next(iter(Destination)),
        for_child=YesNo.NO,
        organisation=NGO_D,
        profile="IT@1",
    )
    (command,) = answered(requested)
    assert isinstance(command, ask.NoteReturn)
    assert command.moves_no_custody is moves_no_custody


def test_a_journey_from_request_to_arrival_carries_its_referral_along() -> None:
    story = Story().until_accepted(linked_return=RETURN)
    arrived = returns.ReturnArrived(return_id=RETURN, organisation=NGO_O, arrived_at=START)
    (command,) = answered(arrived)
    assert kinds(story.do(command)) == [fact.ArrivalNoted, fact.HandOffRescheduled]


@pytest.mark.parametrize(
    "ended",
    [
        returns.ReturnWithdrawn(return_id=RETURN, on_the_road=YesNo.NO),
        returns.ReturnRefused(
            return_id=RETURN, organisation=NGO_D, reason=next(iter(RefusalReason))
        ),
    ],
)
def test_a_return_that_ends_takes_its_referral_back(ended: Contract) -> None:
    story = Story().until_offered(linked_return=RETURN)
    (command,) = answered(ended)
    assert kinds(story.do(command)) == [fact.ReturnEndNoted, fact.ReferralWithdrawn]


def test_an_age_decided_elsewhere_is_followed_here() -> None:
    story = Story()
    story.open(AgeBand.UNKNOWN)
    (command,) = answered(identification.AgeAssessed(organisation=NGO_D, age=AgeBand.CHILD))
    assert kinds(story.do(command)) == [fact.AgeNoted]
