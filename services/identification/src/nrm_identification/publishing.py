"""What others may know of identification: every step of its regions, nothing of the person."""

from typing import assert_never

from nrm_contracts import identification as told
from nrm_contracts.codes import IndicatorList, Overdue, YesNo
from nrm_contracts.contract import Contract
from nrm_contracts.ids import ClosingId, DocumentId, OrganisationId
from nrm_identification.domain import events as fact
from nrm_identification.domain.case import Case, Unknown


def tell(event: fact.CaseEvent) -> Contract | None:
    """Give the public fact behind a private one, or nothing where others need not know."""
    match event:
        case fact.SignalReceived() | fact.VictimPresumed() | fact.NoticeOverdue():
            return _tell_with_notice(event)
        case (
            fact.ReflectionNotApplicable()
            | fact.ReflectionOffered()
            | fact.ReflectionDeclined()
            | fact.ReflectionStarted()
            | fact.ReflectionExtended()
            | fact.ReflectionEnded()
        ):
            return _tell_reflection(event)
        case fact.ClosingAnswered(closing=closing, open=matters) if matters:
            return told.StillOpen(closing=ClosingId(closing), open=tuple(matters))
        case fact.ClosingAnswered(closing=closing):
            return told.NothingOpen(closing=ClosingId(closing))
        case fact.NoticeTaken() | fact.PersonRecorded():
            return None
        case fact.CustodianNoted() | fact.PartyNoted() | fact.ClosingOver():
            return None
        case _:
            return _tell_status(event)


def _tell_with_notice(
    event: fact.SignalReceived | fact.VictimPresumed | fact.NoticeOverdue,
) -> Contract:
    match event:
        case fact.SignalReceived():
            return told.SignalReceived(
                organisation=OrganisationId(event.by),
                country=event.country,
                trigger=event.trigger,
                channel=event.channel,
                age=event.age,
                spoken_to=_yes(event.spoken_to),
                notify=tuple(OrganisationId(one) for one in event.notify),
                notify_by=event.notify_by.at,
                profile=event.notify_by.profile,
                calendar=event.notify_by.calendar,
            )
        case fact.VictimPresumed():
            return told.VictimPresumed(
                organisation=OrganisationId(event.by),
                reasons=tuple(event.reasons),
                against_indicators=_yes(event.against_indicators),
                treated_as_child=_yes(event.treated_as_child),
                notify=tuple(OrganisationId(one) for one in event.notify),
                country=event.country,
                profile=event.profile,
            )
        case fact.NoticeOverdue():
            return told.DeadlineFellDue(
                what=Overdue.NOTIFY,
                due_at=event.due_at.at,
                responsible=OrganisationId(event.responsible),
            )
        case _:
            assert_never(event)


def _tell_reflection(
    event: fact.ReflectionNotApplicable
    | fact.ReflectionOffered
    | fact.ReflectionDeclined
    | fact.ReflectionStarted
    | fact.ReflectionExtended
    | fact.ReflectionEnded,
) -> Contract:
    match event:
        case fact.ReflectionNotApplicable():
            return told.ReflectionNotApplicable(
                organisation=OrganisationId(event.by),
                reason=event.reason,
                country=event.country,
                profile=event.profile,
            )
        case fact.ReflectionOffered():
            return told.ReflectionOffered(
                organisation=OrganisationId(event.by),
                country=event.country,
                profile=event.profile,
            )
        case fact.ReflectionDeclined():
            return told.ReflectionDeclined(
                organisation=OrganisationId(event.by), country=event.country
            )
        case fact.ReflectionStarted() | fact.ReflectionExtended():
            kind = (
                told.ReflectionStarted
                if isinstance(event, fact.ReflectionStarted)
                else told.ReflectionExtended
            )
            return kind(
                organisation=OrganisationId(event.by),
                country=event.country,
                ends_by=event.ends.at,
                profile=event.ends.profile,
                calendar=event.ends.calendar,
            )
        case fact.ReflectionEnded():
            return told.ReflectionEnded(country=event.country, how=event.how, profile=event.profile)
        case _:
            assert_never(event)


def _tell_status(
    event: fact.PotentialFound
    | fact.IndicatorsRecorded
    | fact.AgeAssessed
    | fact.RightsInformed
    | fact.VictimIdentified
    | fact.NotConfirmed
    | fact.SelfWithdrawn
    | fact.IdentificationReopened,
) -> Contract:
    by = OrganisationId(event.by)
    match event:
        case fact.PotentialFound():
            return told.PotentialFound(organisation=by)
        case fact.IndicatorsRecorded():
            return told.IndicatorAssessmentRecorded(
                organisation=by,
                indicators=IndicatorList(event.indicators),
                list_version=event.list_version,
                outcome=event.outcome,
                for_child=_yes(event.for_child),
            )
        case fact.AgeAssessed():
            return told.AgeAssessed(organisation=by, age=event.age)
        case fact.RightsInformed():
            return told.RightsInformed(organisation=by, language=event.language, aid=event.aid)
        case fact.VictimIdentified():
            return told.VictimIdentified(
                organisation=by,
                decision=DocumentId(event.decision),
                country=event.country,
                profile=event.profile,
            )
        case fact.NotConfirmed():
            return told.NotConfirmed(
                organisation=by,
                reason=event.reason,
                country=event.country,
                profile=event.profile,
            )
        case fact.SelfWithdrawn():
            return told.SelfWithdrawn(organisation=by)
        case fact.IdentificationReopened():
            return told.IdentificationReopened(organisation=by, reason=event.reason)
        case _:
            assert_never(event)


def _yes(value: bool) -> YesNo:  # noqa: FBT001 - one value, one word
    return YesNo.YES if value else YesNo.NO


def regions(state: Case) -> dict[str, str]:
    """Give the regions of a case as codes, as the ledger's entries alone must rebuild them."""
    if isinstance(state, Unknown):
        return {}
    return {
        "identification": type(state.identification).__name__,
        "reflection": type(state.reflection).__name__,
        "age": state.age,
    }
