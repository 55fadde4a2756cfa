"""Who is told to look, about which fact, and what no longer needs saying.

A notice has an id that follows from its rule and what it is about, so that a later fact can
cancel a reminder without looking anything up.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from nrm_contracts import assistance, cases, follow_ups, identification, referral, returns
from nrm_contracts.codes import NotificationKind, YesNo
from nrm_notifications.domain import commands as ask
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Command, Due

NAMES = UUID("5f2d3f0c-7d49-4a3f-9b1e-6a1f3d0e9c77")
REFLECTION_DAYS = (30, 7, 1)
BEFORE_ANSWER = timedelta(hours=24)
BEFORE_REVIEW = timedelta(days=3)
BEFORE_CONTACT = timedelta(days=7)
TASK, REMINDER, DANGER = NotificationKind


def notice_id(rule: str, about: UUID, more: object = "") -> UUID:
    """Give the id of the notice that a rule writes about something."""
    return uuid5(NAMES, f"{rule}/{about}/{more}")


class Desk:
    """Writes the commands that answer one fact, each with its own id."""

    def __init__(self, heard: Heard[Any]) -> None:
        """Answer this fact."""
        self._heard = heard
        self._ordinals: Iterator[int] = count()

    def tell(
        self,
        rule: str,
        organisation: UUID,
        about: UUID,
        *,
        kind: NotificationKind = TASK,
        act_by: datetime | None = None,
        remind: Due | None = None,
        more: object = "",
    ) -> Command:
        """Queue a notice, or schedule it where it reminds."""
        return ask.QueueNotice(
            id=self._heard.command_id(next(self._ordinals)),
            by=self._heard.by,
            at=self._heard.now,
            notice=notice_id(rule, about, f"{organisation}/{more}"),
            organisation=organisation,
            kind=kind,
            about=about,
            act_by=act_by,
            remind=remind,
        )

    def cancel(self, rule: str, organisation: UUID, about: UUID, more: object = "") -> Command:
        """Cancel a reminder that still waits."""
        return ask.CancelNotice(
            id=self._heard.command_id(next(self._ordinals)),
            by=self._heard.by,
            at=self._heard.now,
            notice=notice_id(rule, about, f"{organisation}/{more}"),
        )


def before(act_by: datetime, span: timedelta, profile: str) -> Due:
    """Give the instant of a reminder that comes `span` before a deadline."""
    return Due(at=act_by - span, profile=profile)


def when_signal_received(
    fact: Heard[identification.SignalReceived],
) -> tuple[Command, ...]:
    """Everybody who is to be told of a signal."""
    desk = Desk(fact)
    return tuple(
        desk.tell("signal", one, fact.case, act_by=fact.data.notify_by) for one in fact.data.notify
    )


def when_victim_presumed(fact: Heard[identification.VictimPresumed]) -> tuple[Command, ...]:
    """The national agency learns of every presumed victim."""
    desk = Desk(fact)
    return tuple(desk.tell("presumed", one, fact.case) for one in fact.data.notify)


def when_reflection_runs(
    fact: Heard[identification.ReflectionStarted] | Heard[identification.ReflectionExtended],
) -> tuple[Command, ...]:
    """Reminders 30, 7 and 1 day before the period ends."""
    desk, data = Desk(fact), fact.data
    return tuple(
        desk.tell(
            "reflection",
            data.organisation,
            fact.case,
            kind=REMINDER,
            act_by=data.ends_by,
            remind=before(data.ends_by, timedelta(days=days), data.profile),
            more=days,
        )
        for days in REFLECTION_DAYS
        if data.ends_by - timedelta(days=days) > fact.now
    )


def when_deadline_fell_due(fact: Heard[Any]) -> tuple[Command, ...]:
    """Who answers for a missed deadline."""
    responsible = fact.data.responsible
    if responsible is None:
        return ()
    return (
        Desk(fact).tell(
            "overdue",
            responsible,
            fact.data.about or fact.case,
            kind=DANGER,
            more=f"{fact.data.what}/{fact.data.due_at}",
        ),
    )


def when_referral_offered(fact: Heard[referral.ReferralOffered]) -> tuple[Command, ...]:
    """The receiver has an offer to answer, and a reminder a day before the deadline."""
    desk, data = Desk(fact), fact.data
    kind = DANGER if data.urgent is YesNo.YES else TASK
    told = [desk.tell("offer", data.receiver, data.referral, kind=kind, act_by=data.answer_by)]
    if data.answer_by - BEFORE_ANSWER > fact.now:
        told.append(
            desk.tell(
                "answer",
                data.receiver,
                data.referral,
                kind=REMINDER,
                act_by=data.answer_by,
                remind=before(data.answer_by, BEFORE_ANSWER, data.profile),
            )
        )
    return tuple(told)


def when_referral_accepted(fact: Heard[referral.ReferralAccepted]) -> tuple[Command, ...]:
    """The sender can go on; the receiver needs no reminder."""
    desk, data = Desk(fact), fact.data
    return (
        desk.cancel("answer", data.receiver, data.referral),
        desk.tell("accepted", data.sender, data.referral, act_by=data.confirm_by),
    )


def when_route_lost(
    fact: Heard[referral.ReferralDeclined]
    | Heard[referral.ReferralBackedOut]
    | Heard[referral.ReferralTimedOut],
) -> tuple[Command, ...]:
    """The sender has to find the next route by a date."""
    desk, data = Desk(fact), fact.data
    return (
        desk.cancel("answer", data.receiver, data.referral),
        desk.tell("lost", data.sender, data.referral, act_by=data.next_route_by),
    )


def when_referral_withdrawn(fact: Heard[referral.ReferralWithdrawn]) -> tuple[Command, ...]:
    """The receiver need not answer or prepare any more."""
    desk, data = Desk(fact), fact.data
    return (
        desk.cancel("answer", data.receiver, data.referral),
        desk.tell("withdrawn", data.receiver, data.referral),
    )


def when_referral_escalated(fact: Heard[referral.ReferralEscalated]) -> tuple[Command, ...]:
    """Somebody has to act, each time anew."""
    data = fact.data
    return (
        Desk(fact).tell(
            "escalated",
            data.responsible,
            data.referral,
            kind=DANGER,
            more=(data.what, data.times),
        ),
    )


def when_handed_over(fact: Heard[referral.HandedOver]) -> tuple[Command, ...]:
    """Both sides know that the hand-off is complete."""
    desk, data = Desk(fact), fact.data
    return tuple(
        desk.tell("handed-over", one, data.referral) for one in (data.sender, data.receiver)
    )


def when_consent_withdrawn(fact: Heard[cases.ConsentWithdrawn]) -> tuple[Command, ...]:
    """Everybody who received data acknowledges the withdrawal."""
    desk, data = Desk(fact), fact.data
    return tuple(
        desk.tell("consent", one, data.consent, act_by=data.acknowledge_by) for one in data.received
    )


def when_case_closed(fact: Heard[cases.CaseClosed]) -> tuple[Command, ...]:
    """The custodian, and who receives notices of hearings."""
    desk, data = Desk(fact), fact.data
    told: Iterable[UUID | None] = (data.custodian, data.hearing_notices_to)
    return tuple(desk.tell("closed", one, fact.case) for one in told if one is not None)


def when_immediate_need_found(
    fact: Heard[assistance.ImmediateNeedFound],
) -> tuple[Command, ...]:
    """Urgent: somebody must act."""
    data = fact.data
    return (
        Desk(fact).tell(
            "immediate", data.organisation, data.assistance, kind=DANGER, act_by=data.act_by
        ),
    )


def when_review_planned(
    fact: Heard[assistance.PlanActivated]
    | Heard[assistance.PlanReviewed]
    | Heard[assistance.SafetyPlanAgreed],
) -> tuple[Command, ...]:
    """A reminder before the plan must be looked at with the person."""
    desk, data = Desk(fact), fact.data
    remind = before(data.review_by, BEFORE_REVIEW, data.profile)
    rule = "safety" if isinstance(data, assistance.SafetyPlanAgreed) else "plan"
    return (
        desk.tell(
            rule,
            data.organisation,
            data.assistance,
            kind=REMINDER,
            act_by=data.review_by,
            remind=remind,
            more=data.review_by.isoformat(),
        ),
    )


def when_assistance_transferred(
    fact: Heard[assistance.AssistanceTransferred],
) -> tuple[Command, ...]:
    """Each open support is ended, moved or shared by a date."""
    data = fact.data
    if not data.open_supports:
        return ()
    return (Desk(fact).tell("supports", data.organisation, data.assistance, act_by=data.decide_by),)


def when_inquiry_requested(
    fact: Heard[returns.SocialInquiryRequested],
) -> tuple[Command, ...]:
    """The competent service has an inquiry to make."""
    data = fact.data
    return (Desk(fact).tell("inquiry", data.asked, data.return_id, act_by=data.answer_by),)


def when_arrival_overdue(fact: Heard[returns.ArrivalOverdue]) -> tuple[Command, ...]:
    """Alarm to both sides: nobody said that the person arrived."""
    desk, data = Desk(fact), fact.data
    both: Iterable[UUID | None] = (data.sender, data.receiver)
    return tuple(
        desk.tell("arrival", one, data.return_id, kind=DANGER, more=data.times)
        for one in both
        if one is not None
    )


def when_alternative_sought(
    fact: Heard[returns.ReturnAlternativeSought],
) -> tuple[Command, ...]:
    """Danger: a new plan is needed, above all for somebody who stopped on the way."""
    data = fact.data
    if data.organisation is None:
        return ()
    return (
        Desk(fact).tell(
            "alternative",
            data.organisation,
            data.return_id,
            kind=DANGER,
            act_by=data.plan_by,
            more=fact.message,
        ),
    )


def when_follow_up_scheduled(
    fact: Heard[follow_ups.FollowUpScheduled],
) -> tuple[Command, ...]:
    """A reminder before each contact."""
    desk, data = Desk(fact), fact.data
    return tuple(
        desk.tell(
            "follow-up",
            data.organisation,
            data.return_id,
            kind=REMINDER,
            act_by=contact_by,
            remind=before(contact_by, BEFORE_CONTACT, data.profile),
            more=contact_by.isoformat(),
        )
        for contact_by in data.contact_by
    )


def when_follow_up_overdue(fact: Heard[follow_ups.FollowUpOverdue]) -> tuple[Command, ...]:
    """Both sides see an overdue contact or report."""
    desk, data = Desk(fact), fact.data
    return tuple(
        desk.tell("follow-up-overdue", one, data.return_id, more=(data.what, data.number))
        for one in sorted({data.responsible, data.report_to}, key=str)
    )


def when_report_sent(fact: Heard[follow_ups.FollowUpReportSent]) -> tuple[Command, ...]:
    """The sender has a report to read."""
    data = fact.data
    return (Desk(fact).tell("report", data.report_to, data.return_id, more=data.number),)
