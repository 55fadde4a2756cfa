"""What a fact does to one assistance's file."""

from dataclasses import replace
from typing import assert_never

from nrm_assistance.domain.events import (
    DeadlineFellDue,
    DocumentFiled,
    FileFact,
    ImmediateNeedFound,
    ImmediateQuestionsAsked,
    NeedsAssessed,
    PlanActivated,
    PlanReviewed,
    RelativeAdded,
    RiskAssessed,
    SafetyPlanAgreed,
    SupportDelivered,
    SupportEnded,
    SupportStarted,
    TranslationFiled,
)
from nrm_assistance.domain.parts import overall
from nrm_assistance.domain.states import (
    Assessment,
    Danger,
    Ended,
    File,
    Immediate,
    NothingUrgent,
    Original,
    Plan,
    Rung,
    SafetyPlan,
    Started,
    Ticking,
    Translation,
    Urgent,
)
from nrm_contracts.codes import Overdue


def filed(file: File, event: FileFact) -> File:
    """Give the file after a fact."""
    match event:
        case ImmediateQuestionsAsked():
            return replace(file, immediate=_asked(file, event))
        case ImmediateNeedFound(found=found, act_by=act_by):
            return replace(file, immediate=Urgent(frozenset(found), Ticking(act_by)))
        case RelativeAdded(relative=relative):
            return replace(file, relatives=file.relatives | {relative})
        case RiskAssessed():
            return _assessed(file, event)
        case NeedsAssessed(needs=needs):
            return replace(file, needs=needs)
        case SafetyPlanAgreed(review_by=review_by):
            return replace(file, safety=SafetyPlan(Ticking(review_by)))
        case (
            PlanActivated(plan=plan, review_by=review_by)
            | PlanReviewed(plan=plan, review_by=review_by)
        ):
            return replace(file, plan=Plan(plan, Ticking(review_by)))
        case SupportStarted(support=support, need=need):
            return replace(file, supports={**file.supports, support: Started(need)})
        case SupportDelivered():
            return file
        case SupportEnded(support=support, how=how):
            ended = Ended(file.supports[support].need, how)
            return replace(file, supports={**file.supports, support: ended})
        case DocumentFiled(kind=kind, category=category, language=language):
            original = Original(kind, category, language)
            return replace(file, papers={**file.papers, event.document: original})
        case TranslationFiled(original=of, language=language):
            return replace(file, papers={**file.papers, event.document: Translation(of, language)})
        case DeadlineFellDue():
            return _rung(file, event)
        case _:
            assert_never(event)


def _asked(file: File, event: ImmediateQuestionsAsked) -> Immediate:
    if not event.found:
        return NothingUrgent()
    if isinstance(file.immediate, Urgent):
        return Urgent(frozenset(event.found), file.immediate.clock)
    # The need itself follows in the next event, with its deadline.
    return NothingUrgent()


def _assessed(file: File, event: RiskAssessed) -> File:
    assessment = Assessment(
        event.assessment, overall(event.ratings), event.phase, Ticking(event.valid_until)
    )
    return replace(
        file,
        risks={**file.risks, Danger(event.subject, event.relative): assessment},
        assessments=file.assessments | {event.assessment},
    )


def _rung(file: File, event: DeadlineFellDue) -> File:
    if event.what is Overdue.IMMEDIATE_NEED and isinstance(file.immediate, Urgent):
        clock = Rung(file.immediate.clock.due)
        return replace(file, immediate=replace(file.immediate, clock=clock))
    if event.what is Overdue.RISK:
        risks = {
            danger: replace(one, clock=Rung(one.clock.due))
            if one.assessment == event.about
            else one
            for danger, one in file.risks.items()
        }
        return replace(file, risks=risks)
    if event.what is Overdue.SAFETY_PLAN and isinstance(file.safety, SafetyPlan):
        return replace(file, safety=SafetyPlan(Rung(file.safety.clock.due)))
    if event.what is Overdue.PLAN_REVIEW and isinstance(file.plan, Plan):
        return replace(file, plan=Plan(file.plan.plan, Rung(file.plan.clock.due)))
    return file
