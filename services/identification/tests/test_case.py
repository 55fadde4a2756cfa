"""The machine of identification: given a history, when asked, then these facts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID, uuid5

import pytest

from nrm_contracts.codes import (
    AgeBand,
    Channel,
    GroundsReason,
    IndicatorClass,
    IndicatorList,
    NotConfirmedReason,
    OpenMatter,
    ReflectionEnd,
    ReflectionExemption,
    ReopeningReason,
    RightsAid,
    Trigger,
)
from nrm_contracts.consent_codes import DataCategory
from nrm_identification.domain import case, identification, reflection
from nrm_identification.domain import commands as ask
from nrm_identification.domain import events as fact
from nrm_runtime.core import Automatic, Command, Due, FallDue, Refused, Worker

NAMES = UUID("7f4bb8a0-5b1f-4c1a-9f3e-1b0f3f2b8a11")


def named(name: str) -> UUID:
    return uuid5(NAMES, name)


START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NGO = Worker(organisation=named("ngo"), worker=named("w1"), country="RO", kind="NGO")
POLICE = Worker(
    organisation=named("police"), worker=named("w2"), country="RO", kind="LawEnforcement"
)
AGENCY = Worker(
    organisation=named("agency"),
    worker=named("w3"),
    country="RO",
    kind="CentralGovernmentOrganisation",
)
SERVICE = Automatic(service="identification")
ANY = frozenset({"NGO", "LawEnforcement"})
FORMAL = frozenset({"LawEnforcement"})


def due(days: int) -> Due:
    return Due(at=START + timedelta(days=days), profile="RO@1")


def by(who: Any, kind: type[Command], **fields: Any) -> Any:
    base = {"id": named(f"{kind.__name__}{sorted(fields)}"), "by": who, "at": START}
    return kind(**{**base, **fields})


def signal(age: AgeBand = AgeBand.ADULT) -> ask.RecordSignal:
    command: ask.RecordSignal = by(
        NGO,
        ask.RecordSignal,
        person=named("person"),
        code="0000000000A",
        country="RO",
        trigger=Trigger.INDICATORS,
        channel=Channel.OUTREACH,
        age=age,
        spoken_to=True,
        notify=frozenset({AGENCY.organisation}),
        notify_by=due(1),
    )
    return command


def presume(**changes: Any) -> ask.Presume:
    command: ask.Presume = by(
        NGO,
        ask.Presume,
        reasons=frozenset({GroundsReason.INDICATORS}),
        justified=False,
        entitled=ANY,
        notify=frozenset(),
        country="RO",
        profile="RO@1",
    )
    return replace(command, **changes)


def offer(**changes: Any) -> ask.OfferReflection:
    command: ask.OfferReflection = by(
        NGO,
        ask.OfferReflection,
        country="RO",
        profile="RO@1",
        own_national=False,
        foreigners_only=True,
        for_children=False,
        starts_on=frozenset({"presumed"}),
    )
    return replace(command, **changes)


RIGHTS = by(NGO, ask.InformRights, language="ro", aid=RightsAid.MEDIATOR)
FOUND = by(NGO, ask.FindPotential)


def weighed(outcome: IndicatorClass = IndicatorClass.TRAFFICKING) -> Command:
    command: Command = by(
        NGO,
        ask.RecordIndicators,
        indicators=IndicatorList.ILO_DELPHI_ADULT_LABOUR,
        list_version=1,
        outcome=outcome,
    )
    return command


JOINED = by(SERVICE, ask.NoteParty, party=POLICE.organisation)
FORMAL_DECISION = by(
    POLICE, ask.Identify, decision=named("d"), entitled=FORMAL, country="RO", profile="RO@1"
)
NOT_MET = by(
    POLICE,
    ask.DoNotConfirm,
    reason=NotConfirmedReason.MEANS_MISSING,
    entitled=FORMAL,
    country="RO",
    profile="RO@1",
)
STARTED = by(NGO, ask.StartReflection, ends=due(90))
PRESUMED = (signal(), FOUND, RIGHTS, weighed(), presume())


def after(*commands: Command) -> case.Case:
    """Fold a history that is made of commands alone."""
    return reduce(
        lambda state, command: reduce(case.evolve, case.decide(state, command), state),
        commands,
        case.initial,
    )


def refusal(state: case.Case, command: Command) -> str:
    with pytest.raises(Refused) as caught:
        case.decide(state, command)
    return caught.value.code


def kinds(state: case.Case, command: Command) -> list[type]:
    return [type(event) for event in case.decide(state, command)]


def test_a_signal_opens_a_case_with_its_recorder_as_custodian() -> None:
    state = after(signal())
    assert isinstance(state, case.CaseFile)
    assert state.custodian == NGO.organisation
    assert state.parties == {NGO.organisation, AGENCY.organisation}


def test_a_case_has_one_signal() -> None:
    assert refusal(after(signal()), signal()) == "out-of-order"


def test_nothing_happens_to_a_case_without_a_signal() -> None:
    assert refusal(case.initial, FOUND) == "out-of-order"


def test_a_service_cannot_record_a_signal() -> None:
    assert refusal(case.initial, replace(signal(), by=SERVICE)) == "worker-required"


def test_who_was_to_be_told_takes_notice_and_the_deadline_ends() -> None:
    state = after(signal())
    assert case.clocks(state) == {"notify": due(1)}
    assert case.clocks(after(signal(), by(AGENCY, ask.TakeNotice))) == {}


def test_taking_notice_twice_stays_quiet() -> None:
    state = after(signal(), by(AGENCY, ask.TakeNotice))
    assert case.decide(state, by(AGENCY, ask.TakeNotice)) == ()


def test_nobody_else_takes_notice() -> None:
    assert refusal(after(signal()), by(NGO, ask.TakeNotice)) == "not-notified"


def test_an_overdue_notice_is_told_once() -> None:
    state = after(signal())
    fall = by(SERVICE, FallDue, name="notify")
    (event,) = case.decide(state, fall)
    assert isinstance(event, fact.NoticeOverdue)
    assert event.responsible == NGO.organisation
    assert case.decide(case.evolve(state, event), fall) == ()


def test_a_stranger_may_do_nothing() -> None:
    assert refusal(after(signal()), replace(FOUND, by=POLICE)) == "not-a-party"


def test_who_accepted_a_referral_takes_part() -> None:
    assert kinds(after(signal(), JOINED), replace(FOUND, by=POLICE)) == [fact.PotentialFound]
    assert case.decide(after(signal(), JOINED), JOINED) == ()


def test_a_person_is_presumed_a_victim_after_signs_rights_and_indicators() -> None:
    state = after(signal(), FOUND, RIGHTS, weighed())
    (event,) = case.decide(state, presume())
    assert isinstance(event, fact.VictimPresumed)
    assert not event.treated_as_child


@pytest.mark.parametrize(
    ("history", "command", "code"),
    [
        ((signal(), FOUND, weighed()), presume(), "rights-missing"),
        ((signal(), FOUND, RIGHTS), presume(), "indicators-missing"),
        ((signal(), FOUND, RIGHTS, weighed()), presume(reasons=frozenset()), "reasons-missing"),
        ((signal(), FOUND, RIGHTS, weighed()), presume(entitled=FORMAL), "not-entitled"),
        (
            (signal(), FOUND, RIGHTS, weighed(IndicatorClass.NO_TRAFFICKING_SIGNS)),
            presume(),
            "justification-missing",
        ),
        ((signal(), RIGHTS, weighed()), presume(), "out-of-order"),
    ],
)
def test_a_presumption_without_its_grounds_is_refused(
    history: tuple[Command, ...], command: Command, code: str
) -> None:
    assert refusal(after(*history), command) == code


def test_an_officer_may_decide_against_the_indicators_and_says_why() -> None:
    state = after(signal(), FOUND, RIGHTS, weighed(IndicatorClass.NO_TRAFFICKING_SIGNS))
    (event,) = case.decide(state, presume(justified=True))
    assert isinstance(event, fact.VictimPresumed)
    assert event.against_indicators


def test_unknown_age_is_treated_as_a_child() -> None:
    state = after(signal(AgeBand.UNKNOWN), FOUND, RIGHTS, weighed())
    (event,) = case.decide(state, presume())
    assert isinstance(event, fact.VictimPresumed)
    assert event.treated_as_child


def test_only_who_the_profile_names_identifies_formally() -> None:
    state = after(*PRESUMED, JOINED)
    assert kinds(state, FORMAL_DECISION) == [fact.VictimIdentified]
    assert refusal(state, replace(FORMAL_DECISION, by=NGO)) == "not-entitled"


def test_a_negative_decision_can_be_taken_up_again() -> None:
    state = after(*PRESUMED, JOINED, NOT_MET)
    again = by(NGO, ask.ReopenIdentification, reason=ReopeningReason.NEW_INFORMATION)
    assert kinds(state, again) == [fact.IdentificationReopened]
    reopened = after(*PRESUMED, JOINED, NOT_MET, again)
    assert kinds(reopened, presume()) == [fact.VictimPresumed]


def test_the_person_may_withdraw_at_any_time() -> None:
    for history in ((signal(),), (signal(), FOUND), PRESUMED, (*PRESUMED, JOINED, NOT_MET)):
        assert kinds(after(*history), by(NGO, ask.WithdrawSelf)) == [fact.SelfWithdrawn]


def test_reflection_is_offered_from_presumption() -> None:
    assert kinds(after(*PRESUMED), offer()) == [fact.ReflectionOffered]
    assert refusal(after(signal()), offer()) == "too-early"
    assert refusal(after(*PRESUMED), offer(starts_on=frozenset({"identified"}))) == "too-early"


def test_reflection_for_a_child_is_refused_where_the_profile_excludes_children() -> None:
    child = (signal(AgeBand.CHILD), FOUND, RIGHTS, weighed(), presume())
    assert refusal(after(*child), offer()) == "reflection-not-for-children"
    assert kinds(after(*child), offer(for_children=True)) == [fact.ReflectionOffered]


def test_reflection_for_a_national_is_refused_where_it_is_for_foreigners() -> None:
    assert refusal(after(*PRESUMED), offer(own_national=True)) == "reflection-not-applicable"


def test_a_running_period_expires_once_at_its_end() -> None:
    state = after(*PRESUMED, by(AGENCY, ask.TakeNotice), offer(), STARTED)
    assert case.clocks(state) == {"reflection": due(90)}
    fall = by(SERVICE, FallDue, name="reflection")
    (event,) = case.decide(state, fall)
    assert isinstance(event, fact.ReflectionEnded)
    assert event.how is ReflectionEnd.EXPIRED
    assert case.clocks(case.evolve(state, event)) == {}
    assert refusal(case.evolve(state, event), fall) == "out-of-order"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"allowed": False}, "not-extendable"),
        ({"ends": due(90)}, "not-later"),
        ({"ends": due(200)}, "too-long"),
    ],
)
def test_an_extension_outside_the_profile_is_refused(changes: dict[str, Any], code: str) -> None:
    state = after(*PRESUMED, offer(), STARTED)
    extend = by(NGO, ask.ExtendReflection, allowed=True, ends=due(120), latest=due(180))
    assert kinds(state, extend) == [fact.ReflectionExtended]
    assert refusal(state, replace(extend, **changes)) == code


def test_only_the_clock_lets_a_period_expire_and_only_some_countries_revoke() -> None:
    state = after(*PRESUMED, offer(), STARTED)
    end = by(NGO, ask.EndReflection, how=ReflectionEnd.DECIDED, revocable=False)
    assert kinds(state, end) == [fact.ReflectionEnded]
    assert refusal(state, replace(end, how=ReflectionEnd.EXPIRED)) == "not-expired"
    assert refusal(state, replace(end, how=ReflectionEnd.REVOKED)) == "not-revocable"


def test_an_adult_is_not_exempted_as_a_child() -> None:
    exempt = by(
        NGO,
        ask.ExemptFromReflection,
        reason=ReflectionExemption.OWN_NATIONAL,
        country="RO",
        profile="RO@1",
    )
    assert kinds(after(signal()), exempt) == [fact.ReflectionNotApplicable]
    as_child = replace(exempt, reason=ReflectionExemption.CHILD_PROTECTED_OTHERWISE)
    assert refusal(after(signal()), as_child) == "not-a-child"


def test_a_running_period_keeps_the_case_open_and_nothing_new_begins_meanwhile() -> None:
    asked = by(SERVICE, ask.AnswerClosing, closing=named("closing"))
    (event,) = case.decide(after(*PRESUMED, offer(), STARTED), asked)
    assert isinstance(event, fact.ClosingAnswered)
    assert event.open == {OpenMatter.REFLECTION}
    assert refusal(after(*PRESUMED, asked), offer()) == "case-closing"
    goes_on = by(SERVICE, ask.NoteClosingOver, closed=False)
    assert kinds(after(*PRESUMED, asked, goes_on), offer()) == [fact.ReflectionOffered]


def test_a_case_that_nobody_signalled_keeps_nothing_open() -> None:
    asked = by(SERVICE, ask.AnswerClosing, closing=named("closing"))
    (event,) = case.decide(case.initial, asked)
    assert isinstance(event, fact.ClosingAnswered)
    assert event.open == frozenset()


def test_a_closed_case_takes_no_step_and_runs_no_clock() -> None:
    closed = by(SERVICE, ask.NoteClosingOver, closed=True)
    state = after(signal(), closed)
    assert case.clocks(state) == {}
    assert refusal(state, FOUND) == "case-closed"


def test_the_state_knows_which_kinds_of_data_the_vault_holds() -> None:
    record = by(NGO, ask.RecordPerson, categories=frozenset({DataCategory.IDENTITY}))
    state = after(signal(), record)
    assert isinstance(state, case.CaseFile)
    assert state.categories == {DataCategory.IDENTITY}


IDENTIFICATION_STEPS: dict[type[Command], Command] = {
    ask.FindPotential: FOUND,
    ask.Presume: presume(justified=True),
    ask.Identify: replace(FORMAL_DECISION, entitled=ANY, by=NGO),
    ask.DoNotConfirm: replace(NOT_MET, entitled=ANY, by=NGO),
    ask.WithdrawSelf: by(NGO, ask.WithdrawSelf),
    ask.ReopenIdentification: by(NGO, ask.ReopenIdentification, reason=ReopeningReason.ERROR),
}
REFLECTION_STEPS: dict[type[Command], Command] = {
    ask.OfferReflection: offer(),
    ask.ExemptFromReflection: by(
        NGO,
        ask.ExemptFromReflection,
        reason=ReflectionExemption.NOT_COVERED,
        country="RO",
        profile="RO@1",
    ),
    ask.DeclineReflection: by(NGO, ask.DeclineReflection),
    ask.StartReflection: STARTED,
    ask.ExtendReflection: by(
        NGO, ask.ExtendReflection, allowed=True, ends=due(120), latest=due(180)
    ),
    ask.EndReflection: by(NGO, ask.EndReflection, how=ReflectionEnd.DECIDED, revocable=False),
    FallDue: by(SERVICE, FallDue, name="reflection"),
}
KNOWN = identification.Known(
    age=AgeBand.ADULT, rights_explained=True, advice=IndicatorClass.TRAFFICKING
)
REFLECTIONS: dict[type, reflection.Reflection] = {
    reflection.Unoffered: reflection.Unoffered(),
    reflection.NotApplicable: reflection.NotApplicable(),
    reflection.Offered: reflection.Offered(country="RO", profile="RO@1"),
    reflection.Declined: reflection.Declined(),
    reflection.Running: reflection.Running(country="RO", began=START, ends=due(90), extended=False),
    reflection.Over: reflection.Over(),
}


def outcome(decide: Callable[[], tuple[fact.CaseEvent, ...]]) -> str:
    """Say whether a step was done, or with which code it was refused."""
    try:
        return "done" if decide() else "quiet"
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize("state", identification.ALLOWED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("step", IDENTIFICATION_STEPS, ids=lambda kind: kind.__name__)
def test_identification_does_what_its_table_allows(
    state: type[identification.Identification], step: type[Command]
) -> None:
    expected = "done" if step in identification.ALLOWED[state] else "out-of-order"
    command = IDENTIFICATION_STEPS[step]
    assert outcome(lambda: identification.decide(state(), KNOWN, command)) == expected


@pytest.mark.parametrize("state", reflection.ALLOWED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("step", REFLECTION_STEPS, ids=lambda kind: kind.__name__)
def test_reflection_does_what_its_table_allows(
    state: type[reflection.Reflection], step: type[Command]
) -> None:
    expected = "done" if step in reflection.ALLOWED[state] else "out-of-order"
    command, status = REFLECTION_STEPS[step], identification.Presumed()
    assert (
        outcome(lambda: reflection.decide(REFLECTIONS[state], status, AgeBand.ADULT, command))
        == expected
    )
