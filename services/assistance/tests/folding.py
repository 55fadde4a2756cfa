"""Rebuilds the regions of a case from told facts alone, as somebody with the ledger would."""

from collections.abc import Iterable
from typing import Any

from nrm_contracts import assistance as told
from nrm_contracts.care_codes import RiskSubject
from nrm_contracts.contract import Contract

STATES: dict[type[Contract], str] = {
    told.CrisisBegun: "crisis",
    told.AssistanceActivated: "active",
    told.AssistanceResumed: "active",
    told.AssistanceSuspended: "suspended",
    told.AssistanceTransferred: "transferred",
    told.AssistanceCompleted: "completed",
    told.AssistanceLeft: "left",
    told.PreparationEnded: "never_begun",
}


def fold(facts: Iterable[Contract]) -> dict[str, dict[str, Any]]:
    """Give every assistance of a case as codes."""
    found: dict[str, dict[str, Any]] = {}
    for fact in facts:
        name = str(getattr(fact, "assistance", ""))
        if isinstance(fact, told.AssistanceOpened):
            found[name] = {
                "organisation": str(fact.organisation),
                "state": fact.phase.value,
                "immediate": "not_asked",
                "risk": "none",
                "safety_plan": "none",
                "plan": "none",
                "supports": {},
            }
        elif name in found:
            _change(found[name], fact)
    return found


def _change(one: dict[str, Any], fact: Contract) -> None:
    one["state"] = STATES.get(type(fact), one["state"])
    match fact:
        case told.ImmediateQuestionsAsked(found=()):
            one["immediate"] = "nothing_urgent"
        case told.ImmediateQuestionsAsked() | told.ImmediateNeedFound():
            one["immediate"] = "urgent"
        case told.RiskAssessed(subject=RiskSubject.PERSON):
            one["risk"] = fact.overall.value
        case told.SafetyPlanAgreed():
            one["safety_plan"] = "agreed"
        case told.PlanActivated():
            one["plan"] = str(fact.plan)
        case told.SupportStarted():
            one["supports"][str(fact.support)] = "started"
        case told.SupportEnded():
            one["supports"][str(fact.support)] = fact.how.value
        case _:
            pass
