"""The opaque identifiers that stand in messages; each is a random UUID without meaning."""

from typing import NewType
from uuid import UUID

AboutId = NewType("AboutId", UUID)
CaseId = NewType("CaseId", UUID)
PersonId = NewType("PersonId", UUID)
OrganisationId = NewType("OrganisationId", UUID)
WorkerId = NewType("WorkerId", UUID)
ConsentId = NewType("ConsentId", UUID)
OverrideId = NewType("OverrideId", UUID)
ReferralId = NewType("ReferralId", UUID)
TicketId = NewType("TicketId", UUID)
ClosingId = NewType("ClosingId", UUID)
AssistanceId = NewType("AssistanceId", UUID)
AssessmentId = NewType("AssessmentId", UUID)
PlanId = NewType("PlanId", UUID)
SupportId = NewType("SupportId", UUID)
DocumentId = NewType("DocumentId", UUID)
ReturnId = NewType("ReturnId", UUID)
FollowUpId = NewType("FollowUpId", UUID)
NotificationId = NewType("NotificationId", UUID)
KeyId = NewType("KeyId", UUID)
MeasureId = NewType("MeasureId", UUID)

__all__ = [
    "AboutId",
    "AssessmentId",
    "AssistanceId",
    "CaseId",
    "ClosingId",
    "ConsentId",
    "DocumentId",
    "FollowUpId",
    "KeyId",
    "MeasureId",
    "NotificationId",
    "OrganisationId",
    "OverrideId",
    "PersonId",
    "PlanId",
    "ReferralId",
    "ReturnId",
    "SupportId",
    "TicketId",
    "WorkerId",
]
