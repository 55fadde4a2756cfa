"""Plans, supports and documents: what is agreed, given and kept on file."""

from typing import assert_never

from nrm_assistance.domain.assessing import check_questions_first
from nrm_assistance.domain.commands import (
    ActivatePlan,
    DeliverSupport,
    EndSupport,
    FileDocument,
    FileTranslation,
    ReviewPlan,
    StartSupport,
)
from nrm_assistance.domain.doors import check_agreement, check_door, check_subject
from nrm_assistance.domain.events import (
    AssistanceEvent,
    DocumentFiled,
    PlanActivated,
    PlanReviewed,
    SupportDelivered,
    SupportEnded,
    SupportStarted,
    TranslationFiled,
)
from nrm_assistance.domain.parts import PILLAR_MAX
from nrm_assistance.domain.states import (
    Case,
    Ended,
    File,
    Opened,
    Original,
    Plan,
    TransferredWithTask,
)
from nrm_contracts.care_codes import SupportEnd
from nrm_runtime.core import Refused

Help = (
    ActivatePlan
    | ReviewPlan
    | StartSupport
    | DeliverSupport
    | EndSupport
    | FileDocument
    | FileTranslation
)
AFTER_TRANSFER = frozenset({SupportEnd.MOVED, SupportEnd.SHARED})


def assist(state: Case, one: Opened, command: Help) -> tuple[AssistanceEvent, ...]:
    """Record what is agreed, given or filed; the caller has checked who acts and that it may."""
    match command:
        case ActivatePlan():
            return _activate_plan(state, one, command)
        case ReviewPlan():
            return _review_plan(one.file, command)
        case StartSupport():
            return _start(state, one.file, command)
        case DeliverSupport():
            return _deliver(one.file, command)
        case EndSupport():
            return _end(one, command)
        case FileDocument():
            return _file(one.file, command)
        case FileTranslation():
            return _translate(one.file, command)
        case _:
            assert_never(command)


def _check_pillar(pillar: int) -> None:
    if pillar not in range(1, PILLAR_MAX + 1):
        raise Refused("pillar-unknown", "There are four pillars.")


def _activate_plan(state: Case, one: Opened, command: ActivatePlan) -> tuple[AssistanceEvent, ...]:
    file = one.file
    if isinstance(file.plan, Plan) and file.plan.plan == command.plan:
        return ()
    check_door(state)
    check_questions_first(one)
    if not file.needs:
        raise Refused("needs-not-assessed", "A plan follows from the needs of the person.")
    if not command.items:
        raise Refused("plan-empty", "A plan without an item is none.")
    for item in command.items:
        _check_pillar(item.pillar)
    check_agreement(state.age, command.agreement)
    return (
        PlanActivated(
            at=command.at,
            assistance=file.assistance,
            plan=command.plan,
            organisation=file.organisation,
            items=command.items,
            agreement=command.agreement,
            review_by=command.review_by,
        ),
    )


def _review_plan(file: File, command: ReviewPlan) -> tuple[AssistanceEvent, ...]:
    if not isinstance(file.plan, Plan) or file.plan.plan != command.plan:
        raise Refused("plan-not-in-force", "This plan is not in force.")
    return (
        PlanReviewed(
            at=command.at,
            assistance=file.assistance,
            plan=command.plan,
            organisation=file.organisation,
            review_by=command.review_by,
        ),
    )


def _start(state: Case, file: File, command: StartSupport) -> tuple[AssistanceEvent, ...]:
    if command.support in file.supports:
        return ()
    check_door(state)
    _check_pillar(command.pillar)
    check_subject(file, command.subject, command.relative)
    check_agreement(state.age, command.agreement)
    return (
        SupportStarted(
            at=command.at,
            assistance=file.assistance,
            support=command.support,
            organisation=file.organisation,
            need=command.need,
            setting=command.setting,
            pillar=command.pillar,
            subject=command.subject,
            relative=command.relative,
            agreement=command.agreement,
        ),
    )


def _deliver(file: File, command: DeliverSupport) -> tuple[AssistanceEvent, ...]:
    support = file.supports.get(command.support)
    if support is None:
        raise Refused("support-unknown", "There is no such support.")
    if isinstance(support, Ended):
        raise Refused("support-ended", "This support has ended.")
    return (
        SupportDelivered(
            at=command.at,
            assistance=file.assistance,
            support=command.support,
            organisation=file.organisation,
            need=support.need,
        ),
    )


def _end(one: Opened, command: EndSupport) -> tuple[AssistanceEvent, ...]:
    file = one.file
    support = file.supports.get(command.support)
    if support is None:
        raise Refused("support-unknown", "There is no such support.")
    if isinstance(support, Ended):
        raise Refused("support-ended", "This support has ended.")
    if command.how in AFTER_TRANSFER and not isinstance(one, TransferredWithTask):
        raise Refused("custody-not-moved", "Supports move or are shared when custody has moved.")
    return (
        SupportEnded(
            at=command.at,
            assistance=file.assistance,
            support=command.support,
            organisation=file.organisation,
            how=command.how,
        ),
    )


def _file(file: File, command: FileDocument) -> tuple[AssistanceEvent, ...]:
    if command.document in file.papers:
        return ()
    return (
        DocumentFiled(
            at=command.at,
            assistance=file.assistance,
            document=command.document,
            organisation=file.organisation,
            kind=command.kind,
            category=command.category,
            language=command.language,
        ),
    )


def _translate(file: File, command: FileTranslation) -> tuple[AssistanceEvent, ...]:
    if command.document in file.papers:
        return ()
    original = file.papers.get(command.original)
    if not isinstance(original, Original):
        raise Refused("original-missing", "A translation stands beside an original on file.")
    if original.language == command.language:
        raise Refused("same-language", "A translation is in another language.")
    return (
        TranslationFiled(
            at=command.at,
            assistance=file.assistance,
            document=command.document,
            original=command.original,
            organisation=file.organisation,
            language=command.language,
        ),
    )
