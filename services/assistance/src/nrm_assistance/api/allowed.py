"""What an organisation may do on a case now: the machine's own table, told as operations.

The table says what the state of an assistance lets happen; whose act it is follows from whose
assistance it is. A guard may still refuse, with its reason: a page offers and does not promise.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_assistance import queries
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain import states
from nrm_assistance.domain.case import ALLOWED
from nrm_contracts.codes import Duty
from nrm_runtime.access import Principal
from nrm_runtime.core import Command

Found: TypeAlias = tuple[str, Mapping[str, UUID]]

ASSISTANCE: Final[Mapping[type[Command], str]] = {
    ask.AskImmediateQuestions: "ask_immediate_questions",
    ask.AddRelative: "add_relative",
    ask.AssessRisk: "assess_risk",
    ask.AssessNeeds: "assess_needs",
    ask.AgreeSafetyPlan: "agree_safety_plan",
    ask.ActivatePlan: "activate_plan",
    ask.StartSupport: "start_support",
    ask.FileDocument: "file_document",
    ask.BeginCrisis: "begin_crisis",
    ask.ActivateAssistance: "activate_assistance",
    ask.SuspendAssistance: "suspend_assistance",
    ask.ResumeAssistance: "resume_assistance",
    ask.CompleteAssistance: "complete_assistance",
    ask.LeaveAssistance: "leave_assistance",
}
SUPPORT: Final[Mapping[type[Command], str]] = {
    ask.DeliverSupport: "deliver_support",
    ask.EndSupport: "end_support",
}


def allowed(case: states.State, principal: Principal) -> Iterable[Found]:
    """List the operations that the case's state lets this worker's organisation begin."""
    if not isinstance(case, states.Case):
        return
    who = principal.organisation
    mine = {name: one for name, one in case.assistances.items() if one.file.organisation == who}
    if Duty.ASSIST in principal.duties:
        if _may_open(case, who):
            yield "open_assistance", {}
        for name, one in mine.items():
            yield from _on(name, one)
    for name, one in mine.items():
        for paper in one.file.papers:
            yield "read_document", {"assistance": name, "document": paper}
    added = any(one.file.relatives for one in mine.values())
    if Duty.ERASE in principal.duties and (case.custodian == who or added):
        yield "erase_person", {}
    yield "read_documents", {}


def _may_open(case: states.Case, who: UUID) -> bool:
    idle = not any(
        isinstance(one, states.RUNNING) and one.file.organisation == who
        for one in case.assistances.values()
    )
    return case.custodian == who and idle and isinstance(case.door, states.DoorOpen)


def _on(name: UUID, one: states.Opened) -> Iterator[Found]:
    table, file, here = ALLOWED[type(one)], one.file, {"assistance": name}
    yield from ((word, here) for command, word in ASSISTANCE.items() if command in table)
    if ask.ReviewPlan in table and isinstance(file.plan, states.Plan):
        yield "review_plan", {**here, "plan": file.plan.plan}
    for support in file.open_supports():
        for command, word in SUPPORT.items():
            if command in table:
                yield word, {**here, "support": support}
    if ask.FileTranslation in table:
        for key, paper in file.papers.items():
            if isinstance(paper, states.Original):
                yield "file_translation", {**here, "document": key}


async def answers(tx: AsyncConnection, case: UUID, principal: Principal) -> bool:
    """Say whether the organisation answers for the case now, as far as assistance has heard."""
    found = await queries.case(tx, case, principal)
    return found is not None and found.custodian == principal.organisation
