"""What an organisation may do in a case's returns now: the machine's own tables, as operations.

The tables say what a state lets happen; whose act it is follows from who has a part in the return.
A guard may still refuse, with its reason: a page offers the act and does not promise it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.codes import Duty
from nrm_return import queries
from nrm_return.domain import checklist, states
from nrm_return.domain import commands as ask
from nrm_return.domain import file as files
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain.allowed import FOLLOW_UP, RETURN, Steps
from nrm_return.domain.case_states import Case, Closed, Working
from nrm_return.domain.known import Known
from nrm_return.domain.parties import asked_of, members, parties, schedule_of
from nrm_runtime.access import Principal
from nrm_runtime.core import Command

Found: TypeAlias = tuple[str, Mapping[str, UUID]]

MEMBERS: Final[Mapping[type[Command], str]] = {
    ask.ConsentToReturn: "consent_to_return",
    ask.WithdrawReturnConsent: "withdraw_return_consent",
    ask.RequestInquiry: "request_inquiry",
    ask.SignJointRisk: "sign_joint_risk",
    ask.RecordDecision: "record_decision",
    ask.RecordDocuments: "record_documents",
    ask.SetItinerary: "set_itinerary",
    ask.ProposeShortLead: "propose_short_lead",
    ask.ApproveShortLead: "approve_short_lead",
    ask.GiveBorderNotice: "give_border_notice",
    ask.DetermineBestInterests: "determine_best_interests",
    ask.AuthoriseByGuardian: "authorise_by_guardian",
    ask.EndorseReturn: "approve_return",
    ask.RefuseReturn: "refuse_return",
    ask.WithdrawReturn: "withdraw_return",
    ask.SeekAlternative: "seek_alternative",
    ask.DepartReturn: "depart",
    ask.ConfirmArrival: "confirm_arrival",
    ask.FinishReturn: "finish_return",
}
INQUIRED: Final[Mapping[type[Command], str]] = {
    ask.ReceiveInquiry: "receive_inquiry",
    ask.TranslateInquiry: "translate_inquiry",
}
AGREEING: Final[Mapping[type[Command], str]] = {
    follow.ScheduleFollowUp: "schedule_follow_up",
    follow.DeclineFollowUp: "decline_follow_up",
}
KEEPING: Final[Mapping[type[Command], str]] = {
    follow.RecordFollowUp: "record_follow_up",
    follow.SendReport: "send_report",
    follow.ReportContactLost: "report_contact_lost",
    follow.CompleteFollowUp: "complete_follow_up",
}
OF_A_CHILD: Final = frozenset(
    {"give_border_notice", "determine_best_interests", "authorise_by_guardian"}
)
OF_BOTH_COUNTRIES: Final = frozenset(
    {"sign_joint_risk", "determine_best_interests", "approve_return"}
)


def allowed(case: Case, principal: Principal) -> Iterable[Found]:
    """List the operations that the case's state lets this worker's organisation begin."""
    who, known = principal.organisation, case.known
    if isinstance(case.closing, Working) and known.custodian and who in known.parties:
        yield "request_return", {}
    for key, one in case.returns.items():
        here = {"return_id": UUID(str(key))}
        if not isinstance(case.closing, Closed):
            yield from ((name, here) for name in _on(one, case, principal))
        if who in parties(one, known) and _reported(one, who):
            yield "read_reports", here
    if Duty.ERASE in principal.duties and known.custodian == who:
        yield "erase_person", {}
    if who in known.parties or any(who in parties(one, known) for one in case.returns.values()):
        yield "read_documents", {}


def _on(one: states.Return, case: Case, principal: Principal) -> Iterator[str]:
    who, known, table = principal.organisation, case.known, RETURN[type(one)]
    member = who in members(one, known)
    if member:
        for command, name in MEMBERS.items():
            if command in table and _fits(name, one, known, principal):
                yield name
    if member or who == asked_of(one.file):
        yield from (name for kind, name in INQUIRED.items() if _inquired(kind, one, table))
    if isinstance(one, states.Arrived):
        steps = FOLLOW_UP[type(one.follow_up)]
        opens = isinstance(case.closing, Working)
        for kind, name in AGREEING.items():
            if member and kind in steps and (opens or kind is follow.DeclineFollowUp):
                yield name
        yield from _kept(one.follow_up, steps, who)


def _fits(name: str, one: states.Return, known: Known, principal: Principal) -> bool:
    """Say whether an act has its place in this return, and is this worker's."""
    file = one.file
    if name in OF_BOTH_COUNTRIES and principal.country not in file.countries:
        return False
    if name in OF_A_CHILD and not known.is_child:
        return False
    match name:
        case "approve_return":
            return Duty.APPROVE_RETURN in principal.duties
        case "withdraw_return_consent":
            return file.consent is not None
        case "confirm_arrival":
            receiver = file.receiver
            return receiver is not None and receiver.organisation == principal.organisation
        case "propose_short_lead":
            return checklist.is_short(file) and isinstance(file.short_lead, files.LeadUnasked)
        case "approve_short_lead":
            proposed = isinstance(file.short_lead, files.LeadProposed)
            return checklist.is_short(file) and proposed
        case _:
            return True


def _inquired(kind: type[Command], one: states.Return, table: Steps) -> bool:
    inquiry = one.file.inquiry
    if kind is ask.ReceiveInquiry:
        return kind in table and isinstance(inquiry, files.Asked)
    return kind in table and isinstance(inquiry, files.Answered | files.Translated)


def _kept(state: keeping.FollowUp, steps: Steps, who: UUID) -> Iterator[str]:
    """Give what is only for the organisation that keeps contact."""
    schedule = keeping.schedule_of(state)
    if schedule is None or schedule.responsible != who:
        return
    owed = {
        follow.RecordFollowUp: any(not each.kept for each in schedule.contacts),
        follow.SendReport: any(not each.kept for each in schedule.reports),
        follow.CompleteFollowUp: schedule.kept,
    }
    for kind, name in KEEPING.items():
        if kind in steps and owed.get(kind, True):
            yield name


def _reported(one: states.Return, who: UUID) -> bool:
    """Say whether reports went out that this organisation wrote or was sent."""
    schedule = schedule_of(one)
    if schedule is None or who not in {schedule.responsible, schedule.report_to}:
        return False
    return any(each.kept for each in schedule.reports)


async def answers(tx: AsyncConnection, case: UUID, principal: Principal) -> bool:
    """Say whether the organisation answers for the case now, as far as return has heard."""
    found = await queries.case(tx, case, principal)
    return found is not None and principal.organisation in {found.custodian, found.agency}
