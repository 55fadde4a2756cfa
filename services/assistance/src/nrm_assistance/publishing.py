"""What others may know of assistance: every step of its regions, nothing of the person."""

from collections.abc import Mapping
from typing import TypeAlias, assert_never

from nrm_assistance.domain import events as fact
from nrm_assistance.domain import states
from nrm_assistance.domain.parts import grave, overall
from nrm_contracts import assistance as told
from nrm_contracts.care_codes import Priority, RiskSubject
from nrm_contracts.contract import Contract

Regions: TypeAlias = Mapping[str, "str | Regions"]


def tell(event: fact.AssistanceEvent) -> Contract | None:
    """Give the public fact behind a private one, or nothing where others need not know."""
    if isinstance(event, fact.CaseFact):
        return _tell_of_case(event)
    if isinstance(event, fact.AssistanceOpened):
        return told.AssistanceOpened(
            assistance=event.assistance,
            organisation=event.organisation,
            phase=event.phase,
            referral=event.referral,
        )
    if isinstance(event, fact.WayFact):
        return _tell_of_way(event)
    return _tell_of_file(event)


def _tell_of_case(event: fact.CaseFact) -> Contract | None:
    match event:
        case fact.NothingOpen():
            return told.NothingOpen(closing=event.closing)
        case fact.StillOpen():
            return told.StillOpen(closing=event.closing, open=event.open)
        case (
            fact.CaseLearned()
            | fact.AgeLearned()
            | fact.CustodyLearned()
            | fact.AcceptanceLearned()
            | fact.HandOffLearned()
            | fact.ReferralEndLearned()
            | fact.ClosingAbandonedLearned()
            | fact.CaseClosedLearned()
            | fact.CaseReopenedLearned()
        ):
            return None
        case _:
            assert_never(event)


def _tell_of_way(event: fact.WayFact) -> Contract:
    assistance, organisation = event.assistance, event.organisation
    match event:
        case fact.CrisisBegun():
            return told.CrisisBegun(assistance=assistance, organisation=organisation)
        case fact.AssistanceActivated():
            return told.AssistanceActivated(assistance=assistance, organisation=organisation)
        case fact.AssistanceSuspended():
            return told.AssistanceSuspended(
                assistance=assistance, organisation=organisation, reason=event.reason
            )
        case fact.AssistanceResumed():
            return told.AssistanceResumed(assistance=assistance, organisation=organisation)
        case fact.AssistanceTransferred():
            return told.AssistanceTransferred(
                assistance=assistance,
                organisation=organisation,
                receiver=event.receiver,
                open_supports=0,
            )
        case fact.AssistanceTransferredWithSupports():
            return told.AssistanceTransferred(
                assistance=assistance,
                organisation=organisation,
                receiver=event.receiver,
                open_supports=event.open_supports,
                decide_by=event.decide_by.at,
                profile=event.decide_by.profile,
                calendar=event.decide_by.calendar,
            )
        case fact.AssistanceCompleted():
            return told.AssistanceCompleted(assistance=assistance, organisation=organisation)
        case fact.AssistanceLeft():
            return told.AssistanceLeft(
                assistance=assistance, organisation=organisation, reason=event.reason
            )
        case fact.PreparationEnded():
            return told.PreparationEnded(
                assistance=assistance, organisation=organisation, referral=event.referral
            )
        case _:
            assert_never(event)


Found: TypeAlias = (
    fact.ImmediateQuestionsAsked
    | fact.ImmediateNeedFound
    | fact.RiskAssessed
    | fact.NeedsAssessed
    | fact.SafetyPlanAgreed
)
Given: TypeAlias = (
    fact.PlanActivated
    | fact.PlanReviewed
    | fact.SupportStarted
    | fact.SupportDelivered
    | fact.SupportEnded
)
Kept: TypeAlias = fact.DocumentFiled | fact.TranslationFiled | fact.DeadlineFellDue


def _tell_of_file(event: fact.FileFact) -> Contract | None:
    if isinstance(event, Found):
        return _tell_found(event)
    if isinstance(event, Given):
        return _tell_given(event)
    if isinstance(event, Kept):
        return _tell_kept(event)
    if isinstance(event, fact.RelativeAdded):
        return None
    assert_never(event)


def _tell_found(event: Found) -> Contract:
    assistance, organisation = event.assistance, event.organisation
    match event:
        case fact.ImmediateQuestionsAsked():
            return told.ImmediateQuestionsAsked(
                assistance=assistance, organisation=organisation, found=event.found
            )
        case fact.ImmediateNeedFound(act_by=by):
            return told.ImmediateNeedFound(
                assistance=assistance,
                organisation=organisation,
                found=event.found,
                act_by=by.at,
                profile=by.profile,
                calendar=by.calendar,
            )
        case fact.RiskAssessed(valid_until=until):
            return told.RiskAssessed(
                assistance=assistance,
                assessment=event.assessment,
                organisation=organisation,
                subject=event.subject,
                phase=event.phase,
                overall=overall(event.ratings),
                high=tuple(grave(event.ratings)),
                valid_until=until.at,
                profile=until.profile,
                calendar=until.calendar,
            )
        case fact.NeedsAssessed():
            urgent = (item.need for item in event.needs if item.priority is Priority.URGENT)
            return told.NeedsAssessed(
                assistance=assistance,
                organisation=organisation,
                needs=tuple(item.need for item in event.needs),
                urgent=tuple(urgent),
            )
        case fact.SafetyPlanAgreed(review_by=by):
            return told.SafetyPlanAgreed(
                assistance=assistance,
                organisation=organisation,
                review_by=by.at,
                profile=by.profile,
                calendar=by.calendar,
            )
        case _:
            assert_never(event)


def _tell_given(event: Given) -> Contract:
    assistance, organisation = event.assistance, event.organisation
    match event:
        case fact.PlanActivated(review_by=by):
            return told.PlanActivated(
                assistance=assistance,
                plan=event.plan,
                organisation=organisation,
                needs=tuple(item.need for item in event.items),
                giver=event.agreement.giver,
                review_by=by.at,
                profile=by.profile,
                calendar=by.calendar,
            )
        case fact.PlanReviewed(review_by=by):
            return told.PlanReviewed(
                assistance=assistance,
                plan=event.plan,
                organisation=organisation,
                review_by=by.at,
                profile=by.profile,
                calendar=by.calendar,
            )
        case fact.SupportStarted():
            return told.SupportStarted(
                assistance=assistance,
                support=event.support,
                organisation=organisation,
                need=event.need,
                setting=event.setting,
                pillar=event.pillar,
            )
        case fact.SupportDelivered():
            return told.SupportDelivered(
                assistance=assistance,
                support=event.support,
                organisation=organisation,
                need=event.need,
            )
        case fact.SupportEnded():
            return told.SupportEnded(
                assistance=assistance,
                support=event.support,
                organisation=organisation,
                how=event.how,
            )
        case _:
            assert_never(event)


def _tell_kept(event: Kept) -> Contract:
    match event:
        case fact.DocumentFiled():
            return told.DocumentFiled(
                assistance=event.assistance,
                document=event.document,
                organisation=event.organisation,
                kind=event.kind,
                category=event.category,
                language=event.language,
            )
        case fact.TranslationFiled():
            return told.TranslationFiled(
                assistance=event.assistance,
                document=event.document,
                original=event.original,
                organisation=event.organisation,
                language=event.language,
            )
        case fact.DeadlineFellDue():
            return told.DeadlineFellDue(
                what=event.what,
                about=event.about,
                due_at=event.due_at,
                responsible=event.responsible,
            )
        case _:
            assert_never(event)


WAY: Mapping[type[states.Opened], str] = {
    states.Preparing: "preparing",
    states.Crisis: "crisis",
    states.Active: "active",
    states.Suspended: "suspended",
    states.Completed: "completed",
    states.Left: "left",
    states.Transferred: "transferred",
    states.TransferredWithTask: "transferred",
    states.NeverBegun: "never_begun",
}
"""The code of each state, as screens and replays show it."""


def regions(state: states.State) -> Regions:
    """Give the regions of a case as codes; the ledger's entries alone must lead to the same."""
    if not isinstance(state, states.Case):
        return {}
    return {
        "assistances": {str(name): _region(one) for name, one in sorted(state.assistances.items())}
    }


def _region(one: states.Opened) -> Regions:
    file = one.file
    danger = file.risks.get(states.Danger(RiskSubject.PERSON, None))
    supports = sorted(file.supports.items())
    return {
        "organisation": str(file.organisation),
        "state": WAY[type(one)],
        "immediate": immediate(file.immediate),
        "risk": danger.overall.value if danger else "none",
        "safety_plan": "agreed" if isinstance(file.safety, states.SafetyPlan) else "none",
        "plan": str(file.plan.plan) if isinstance(file.plan, states.Plan) else "none",
        "supports": {str(name): support(given) for name, given in supports},
    }


def immediate(asked: states.Immediate) -> str:
    """Give the code of the answer to the two immediate questions."""
    match asked:
        case states.NotAsked():
            return "not_asked"
        case states.NothingUrgent():
            return "nothing_urgent"
        case states.Urgent():
            return "urgent"
        case _:
            assert_never(asked)


def support(given: states.Support) -> str:
    """Give the code of a support's state."""
    return "started" if isinstance(given, states.Started) else given.how.value
