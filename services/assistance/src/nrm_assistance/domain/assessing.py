"""What an organisation finds out: immediate needs, dangers, needs, and how to stay safe."""

from typing import assert_never

from nrm_assistance.domain.commands import (
    AddRelative,
    AgreeSafetyPlan,
    AskImmediateQuestions,
    AssessNeeds,
    AssessRisk,
)
from nrm_assistance.domain.doors import check_agreement, check_subject
from nrm_assistance.domain.events import (
    AssistanceEvent,
    ImmediateNeedFound,
    ImmediateQuestionsAsked,
    NeedsAssessed,
    RelativeAdded,
    RiskAssessed,
    SafetyPlanAgreed,
)
from nrm_assistance.domain.parts import SCALE_MAX
from nrm_assistance.domain.states import Case, File, NotAsked, Opened, Preparing, Ticking, Urgent
from nrm_contracts.care_codes import ImmediateNeed, RiskDimension, RiskSubject
from nrm_contracts.codes import AgeBand
from nrm_runtime.core import Command, Due, Refused

Assess = AskImmediateQuestions | AddRelative | AssessRisk | AssessNeeds | AgreeSafetyPlan
HEALTH = frozenset({RiskDimension.PHYSICAL_HEALTH, RiskDimension.MENTAL_HEALTH})
FOR_CHILDREN = frozenset({RiskDimension.CHILD})


def assess(state: Case, one: Opened, command: Assess) -> tuple[AssistanceEvent, ...]:
    """Record what was found; the caller has checked who acts and that it may."""
    match command:
        case AskImmediateQuestions():
            return _ask(one.file, command)
        case AddRelative():
            return _relative(one.file, command)
        case AssessRisk():
            return _risk(state, one, command)
        case AssessNeeds():
            return _needs(one, command)
        case AgreeSafetyPlan():
            return _safety(state, one.file, command)
        case _:
            assert_never(command)


def check_questions_first(one: Opened) -> None:
    """Refuse to go on before the two immediate questions; a preparing receiver may."""
    if isinstance(one.file.immediate, NotAsked) and not isinstance(one, Preparing):
        raise Refused("immediate-questions-first", "Ask the two immediate questions first.")


def _ask(file: File, command: AskImmediateQuestions) -> tuple[AssistanceEvent, ...]:
    asked = ImmediateQuestionsAsked(
        at=command.at,
        assistance=file.assistance,
        organisation=file.organisation,
        found=tuple(sorted(command.found)),
    )
    return (asked, *_found(file, command, command.found, command.act_by))


def _found(
    file: File, command: Command, found: frozenset[ImmediateNeed], act_by: Due
) -> tuple[AssistanceEvent, ...]:
    # What is known already keeps its deadline: asking again must never win time.
    known = file.immediate
    if not found or (isinstance(known, Urgent) and found <= known.found):
        return ()
    if isinstance(known, Urgent) and isinstance(known.clock, Ticking):
        act_by = min(known.clock.due, act_by, key=lambda due: due.at)
    return (
        ImmediateNeedFound(
            at=command.at,
            assistance=file.assistance,
            organisation=file.organisation,
            found=tuple(sorted(found)),
            act_by=act_by,
        ),
    )


def _relative(file: File, command: AddRelative) -> tuple[AssistanceEvent, ...]:
    if command.relative in file.relatives:
        return ()
    return (
        RelativeAdded(
            at=command.at,
            assistance=file.assistance,
            organisation=file.organisation,
            relative=command.relative,
        ),
    )


def _risk(state: Case, one: Opened, command: AssessRisk) -> tuple[AssistanceEvent, ...]:
    file = one.file
    if command.assessment in file.assessments:
        return ()
    check_questions_first(one)
    check_subject(file, command.subject, command.relative)
    _check_ratings(state.age, command)
    if not command.immediate <= HEALTH:
        raise Refused("not-immediate", "Only the health dimensions may be immediate.")
    assessed = RiskAssessed(
        at=command.at,
        assistance=file.assistance,
        assessment=command.assessment,
        organisation=file.organisation,
        subject=command.subject,
        relative=command.relative,
        phase=command.phase,
        ratings=tuple(sorted(command.ratings, key=lambda rating: rating.dimension)),
        valid_until=command.valid_until,
    )
    medical = frozenset({ImmediateNeed.MEDICAL}) if command.immediate else frozenset()
    already = file.immediate.found if isinstance(file.immediate, Urgent) else frozenset()
    found = medical | already if medical else frozenset()
    return (assessed, *_found(file, command, found, command.act_by))


def _check_ratings(age: AgeBand, command: AssessRisk) -> None:
    rated = [rating.dimension for rating in command.ratings]
    if not rated or len(set(rated)) != len(rated):
        raise Refused("dimension-twice", "Each dimension is rated once, and at least one is.")
    scale = range(1, SCALE_MAX + 1)
    if any(one.likelihood not in scale or one.severity not in scale for one in command.ratings):
        raise Refused("scale-left", "Likelihood and severity run from 1 to 4.")
    if command.subject is RiskSubject.PERSON:
        wanted = set(RiskDimension) - (FOR_CHILDREN if age is AgeBand.ADULT else frozenset())
        if not wanted <= set(rated):
            raise Refused("dimension-missing", "A danger nobody looked at is not a low one.")


def _needs(one: Opened, command: AssessNeeds) -> tuple[AssistanceEvent, ...]:
    check_questions_first(one)
    named = [item.need for item in command.needs]
    if not named or len(set(named)) != len(named):
        raise Refused("need-twice", "Each need is named once, and at least one is.")
    return (
        NeedsAssessed(
            at=command.at,
            assistance=one.file.assistance,
            organisation=one.file.organisation,
            needs=tuple(sorted(command.needs, key=lambda item: item.need)),
        ),
    )


def _safety(state: Case, file: File, command: AgreeSafetyPlan) -> tuple[AssistanceEvent, ...]:
    check_agreement(state.age, command.agreement)
    return (
        SafetyPlanAgreed(
            at=command.at,
            assistance=file.assistance,
            organisation=file.organisation,
            agreement=command.agreement,
            review_by=command.review_by,
        ),
    )
