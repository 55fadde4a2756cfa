"""The legal next steps of every region: `decide` obeys these tables, documents draw them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nrm_return.domain import commands as ask
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain import states
from nrm_runtime.core import Command, Refused

Steps = frozenset[type[Command]]

FILING: Final[Steps] = frozenset(
    {
        ask.ConsentToReturn,
        ask.WithdrawReturnConsent,
        ask.RequestInquiry,
        ask.ReceiveInquiry,
        ask.TranslateInquiry,
        ask.SignJointRisk,
        ask.RecordDecision,
        ask.RecordDocuments,
        ask.SetItinerary,
        ask.GiveBorderNotice,
        ask.DetermineBestInterests,
        ask.AuthoriseByGuardian,
    }
)
_LEAVING: Final[Steps] = frozenset({ask.WithdrawReturn, ask.RefuseReturn, ask.SeekAlternative})
_PREPARING: Final[Steps] = (
    FILING | _LEAVING | {ask.ProposeShortLead, ask.ApproveShortLead, ask.EndorseReturn}
)
_NOTHING: Final[Steps] = frozenset()

RETURN: Final[Mapping[type[states.Return], Steps]] = MappingProxyType(
    {
        states.Requested: _PREPARING,
        states.Reopened: _PREPARING,
        states.Approved: FILING | _LEAVING | {ask.DepartReturn},
        states.Travelling: frozenset(
            {
                ask.ConfirmArrival,
                ask.WithdrawReturn,
                ask.WithdrawReturnConsent,
                ask.SeekAlternative,
            }
        ),
        states.Interrupted: frozenset(
            {
                ask.ConsentToReturn,
                ask.WithdrawReturnConsent,
                ask.SignJointRisk,
                ask.WithdrawReturn,
                ask.DepartReturn,
            }
        ),
        states.AlternativeSought: frozenset({ask.WithdrawReturn, ask.RefuseReturn}),
        states.Arrived: frozenset({ask.FinishReturn}),
        states.Done: _NOTHING,
        states.RefusedUnsafe: _NOTHING,
        states.Withdrawn: _NOTHING,
    }
)
"""The return region."""

_KEEPING: Final[Steps] = frozenset(
    {
        follow.RecordFollowUp,
        follow.SendReport,
        follow.ReportContactLost,
        follow.CompleteFollowUp,
        follow.DeclineFollowUp,
    }
)

FOLLOW_UP: Final[Mapping[type[keeping.FollowUp], Steps]] = MappingProxyType(
    {
        keeping.NoFollowUp: frozenset({follow.ScheduleFollowUp, follow.DeclineFollowUp}),
        keeping.Scheduled: _KEEPING,
        keeping.Active: _KEEPING,
        keeping.Late: _KEEPING,
        keeping.Completed: _NOTHING,
        keeping.LostContact: frozenset({follow.ScheduleFollowUp}),
        keeping.Declined: frozenset({follow.ScheduleFollowUp}),
    }
)
"""The follow-up region; it exists while the return stands at its arrival."""


def hold(steps: Steps, command: Command, state: object) -> None:
    """Hold a command to what is allowed; raises `Refused`."""
    if type(command) not in steps:
        step, here = type(command).__name__, type(state).__name__
        raise Refused("out-of-order", f"{step} is not possible in {here}.")
