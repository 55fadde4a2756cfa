"""What the events of assistance are called at rest; a name is never reused."""

from nrm_assistance.domain import events as fact
from nrm_runtime.store.codec import Codec

CODEC = Codec(
    {
        "case-learned": fact.CaseLearned,
        "age-learned": fact.AgeLearned,
        "custody-learned": fact.CustodyLearned,
        "acceptance-learned": fact.AcceptanceLearned,
        "hand-off-learned": fact.HandOffLearned,
        "referral-end-learned": fact.ReferralEndLearned,
        "nothing-open": fact.NothingOpen,
        "still-open": fact.StillOpen,
        "closing-abandoned-learned": fact.ClosingAbandonedLearned,
        "case-closed-learned": fact.CaseClosedLearned,
        "case-reopened-learned": fact.CaseReopenedLearned,
        "assistance-opened": fact.AssistanceOpened,
        "crisis-begun": fact.CrisisBegun,
        "assistance-activated": fact.AssistanceActivated,
        "assistance-suspended": fact.AssistanceSuspended,
        "assistance-resumed": fact.AssistanceResumed,
        "assistance-transferred": fact.AssistanceTransferred,
        "assistance-transferred-with-supports": fact.AssistanceTransferredWithSupports,
        "assistance-completed": fact.AssistanceCompleted,
        "assistance-left": fact.AssistanceLeft,
        "preparation-ended": fact.PreparationEnded,
        "immediate-questions-asked": fact.ImmediateQuestionsAsked,
        "immediate-need-found": fact.ImmediateNeedFound,
        "relative-added": fact.RelativeAdded,
        "risk-assessed": fact.RiskAssessed,
        "needs-assessed": fact.NeedsAssessed,
        "safety-plan-agreed": fact.SafetyPlanAgreed,
        "plan-activated": fact.PlanActivated,
        "plan-reviewed": fact.PlanReviewed,
        "support-started": fact.SupportStarted,
        "support-delivered": fact.SupportDelivered,
        "support-ended": fact.SupportEnded,
        "document-filed": fact.DocumentFiled,
        "translation-filed": fact.TranslationFiled,
        "deadline-fell-due": fact.DeadlineFellDue,
    }
)
