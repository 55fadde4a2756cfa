"""The legal next steps of one assistance: `decide` obeys this table, screens show it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nrm_assistance.domain.commands import (
    ActivateAssistance,
    ActivatePlan,
    AddRelative,
    AgreeSafetyPlan,
    AskImmediateQuestions,
    AssessNeeds,
    AssessRisk,
    BeginCrisis,
    CompleteAssistance,
    DeliverSupport,
    EndSupport,
    FileDocument,
    FileTranslation,
    LeaveAssistance,
    OpenAssistance,
    ResumeAssistance,
    ReviewPlan,
    StartSupport,
    SuspendAssistance,
)
from nrm_assistance.domain.states import (
    Active,
    Assistance,
    Completed,
    Crisis,
    Left,
    NeverBegun,
    Preparing,
    Suspended,
    Transferred,
    TransferredWithTask,
    Unopened,
)
from nrm_runtime.core import Command

_KNOWING: Final[frozenset[type[Command]]] = frozenset(
    {
        AskImmediateQuestions,
        AddRelative,
        AssessRisk,
        AssessNeeds,
        AgreeSafetyPlan,
        FileDocument,
        FileTranslation,
    }
)
_HELPING: Final[frozenset[type[Command]]] = frozenset(
    {ActivatePlan, ReviewPlan, StartSupport, DeliverSupport, EndSupport}
)
_ENDING: Final[frozenset[type[Command]]] = frozenset({CompleteAssistance, LeaveAssistance})

ALLOWED: Final[Mapping[type[Assistance], frozenset[type[Command]]]] = MappingProxyType(
    {
        Unopened: frozenset({OpenAssistance}),
        Preparing: _KNOWING | {BeginCrisis},
        Crisis: _KNOWING | _HELPING | _ENDING | {ActivateAssistance},
        Active: _KNOWING | _HELPING | _ENDING | {SuspendAssistance},
        Suspended: _KNOWING | _ENDING | {ReviewPlan, EndSupport, ResumeAssistance},
        Completed: frozenset(),
        Left: frozenset(),
        Transferred: frozenset(),
        TransferredWithTask: frozenset({DeliverSupport, EndSupport}),
        NeverBegun: frozenset(),
    }
)
