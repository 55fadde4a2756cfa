"""The joint risk assessment under its rule."""

from importlib import import_module
from typing import Any

import pytest

from nrm_contracts.care_codes import (
    Destination,
    ReturnReopening,
    RiskDimension,
    RiskLevel,
    RiskPhase,
    RiskSubject,
)
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import journey_events as journey
from nrm_return.domain import risk, states
from nrm_runtime.testing.clock import after

with_: Any = import_module("services.return.tests.steps")
make, finding, measure = with_.make, with_.finding, with_.measure


@pytest.mark.parametrize(
    ("likelihood", "severity", "level"),
    [
        (1, 1, RiskLevel.LOW),
        (3, 1, RiskLevel.LOW),
        (2, 2, RiskLevel.MEDIUM),
        (2, 3, RiskLevel.MEDIUM),
        (2, 4, RiskLevel.HIGH),
        (3, 3, RiskLevel.HIGH),
        (3, 4, RiskLevel.EXTREME),
        (4, 4, RiskLevel.EXTREME),
    ],
)
def test_a_level_is_likelihood_times_severity(
    likelihood: int, severity: int, level: RiskLevel
) -> None:
    assert risk.level_of(finding(likelihood=likelihood, severity=severity)) is level


def joint(*own: Any, **both: Any) -> Any:
    """Give a whole file but for the joint risk, then the signatures of both sides."""
    mine, theirs = own or ({}, {})
    return with_.filed("risk").after(
        make(ask.SignJointRisk, by=with_.FROM, **(both | mine)),
        make(ask.SignJointRisk, by=with_.TO, **(both | theirs)),
    )


def both_subjects(*findings: Any) -> tuple[Any, ...]:
    """Give findings beside a small danger for both subjects."""
    kept = {(each.subject, each.dimension) for each in findings}
    others = (
        finding(RiskDimension.COMMUNITY, 1, 1),
        finding(RiskDimension.COMMUNITY, 1, 1, RiskSubject.RELATIVE),
    )
    return (*findings, *(each for each in others if (each.subject, each.dimension) not in kept))


def test_the_second_country_makes_the_assessment_whole() -> None:
    (first,) = with_.filed("risk").when(make(ask.SignJointRisk))
    assert not first.complete
    half = with_.filed("risk").after(make(ask.SignJointRisk))
    (second,) = half.when(make(ask.SignJointRisk, by=with_.TO))
    assert second.complete
    assert second.assessment == with_.state_of(half).file.signing.assessment


def test_a_country_that_signs_again_before_the_other_replaces_its_signature() -> None:
    half = with_.filed("risk").after(make(ask.SignJointRisk), make(ask.SignJointRisk))
    file = with_.state_of(half).file
    assert file.joint is None
    assert len(file.signatures) == 1


def test_no_third_country_signs() -> None:
    abroad = with_.worker_of(with_.SENDER, "FR")
    with_.filed("risk").refuses(make(ask.SignJointRisk, by=abroad), "wrong-country")


def test_one_person_does_not_sign_for_both_countries() -> None:
    half = with_.filed("risk").after(make(ask.SignJointRisk))
    same = with_.worker_of(with_.RECEIVER, "RO")
    double = type(same)(
        organisation=same.organisation, worker=with_.FROM.worker, country="RO", kind="NGO"
    )
    half.refuses(make(ask.SignJointRisk, by=double), "same-worker")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"findings": ()}, "person-not-assessed"),
        ({"findings": (finding(subject=RiskSubject.RELATIVE),)}, "person-not-assessed"),
        ({"findings": (finding(likelihood=5),)}, "out-of-scale"),
        ({"findings": (finding(severity=0),)}, "out-of-scale"),
        ({"findings": (finding(), finding(likelihood=1))}, "finding-doubled"),
        ({"measures": (measure(dimension=RiskDimension.LEGAL),)}, "measure-without-finding"),
    ],
)
def test_a_signature_has_a_form(fields: dict[str, Any], code: str) -> None:
    with_.filed("risk").refuses(make(ask.SignJointRisk, **fields), code)


def test_one_signature_alone_is_no_joint_assessment() -> None:
    half = with_.filed("risk").after(make(ask.SignJointRisk))
    half.refuses(make(ask.EndorseReturn), "joint-risk-missing")
    with_.filed("risk").refuses(make(ask.EndorseReturn), "joint-risk-missing")


def test_overall_is_the_maximum_of_both_and_disagreement_is_kept() -> None:
    low = {"findings": both_subjects(finding(likelihood=1, severity=1))}
    high = {
        "findings": both_subjects(finding(likelihood=2, severity=4)),
        "measures": (measure(),),
        "disagreement": True,
    }
    history = with_.filed("risk").after(make(ask.SignJointRisk, **low))
    (second,) = history.when(make(ask.SignJointRisk, by=with_.TO, **high))
    assert second.overall is RiskLevel.HIGH
    assert second.residual is RiskLevel.MEDIUM
    assert second.disagreement
    assert second.high == {RiskDimension.NETWORK}


def test_a_return_to_the_family_needs_the_relatives_danger_from_both_sides() -> None:
    person_only = {"findings": (finding(),)}
    joint(person_only, {}).refuses(make(ask.EndorseReturn), "joint-risk-missing")
    joint({}, person_only).refuses(make(ask.EndorseReturn), "joint-risk-missing")
    assert len(joint().when(make(ask.EndorseReturn))) == 1


@pytest.mark.parametrize("how", ["signed", "heard"])
def test_a_threatened_family_is_assessed_wherever_the_person_goes(how: str) -> None:
    request = {"destination": Destination.PROTECTED_PLACE}
    signature = {"findings": (finding(),), "family_threatened": how == "signed"}
    history = with_.filed("risk", **request).after(*with_.signed(**signature))
    if how == "heard":
        assert len(history.when(make(ask.EndorseReturn))) == 1
        history = history.after(
            make(heard.NoteRisk, subject=RiskSubject.RELATIVE, overall=RiskLevel.HIGH)
        )
    history.refuses(make(ask.EndorseReturn), "joint-risk-missing")


def high_with(residual: RiskLevel | None, destination: Destination) -> Any:
    """Give a whole file whose joint risk is HIGH, with a measure that leaves `residual`."""
    both = {
        "findings": both_subjects(finding(likelihood=2, severity=4)),
        "measures": () if residual is None else (measure(residual),),
    }
    return with_.filed("risk", destination=destination).after(*with_.signed(**both))


@pytest.mark.parametrize(
    ("destination", "residual", "decided", "code"),
    [
        (Destination.FAMILY, RiskLevel.MEDIUM, False, None),
        (Destination.FAMILY, RiskLevel.HIGH, True, "risk-too-high"),
        (Destination.FAMILY, None, False, "risk-too-high"),
        (Destination.PROTECTED_PLACE, RiskLevel.MEDIUM, False, None),
        (Destination.PROTECTED_PLACE, RiskLevel.HIGH, False, "risk-too-high"),
        (Destination.PROTECTED_PLACE, RiskLevel.HIGH, True, None),
        (Destination.PROTECTED_PLACE, None, True, "measure-missing"),
        (Destination.INDEPENDENT_LIVING, RiskLevel.HIGH, True, "risk-too-high"),
    ],
)
def test_what_may_remain_depends_on_where_the_person_goes(
    destination: Destination, residual: RiskLevel | None, *, decided: bool, code: str | None
) -> None:
    history = high_with(residual, destination)
    if decided:
        history = history.after(make(ask.RecordDecision))
    if code is None:
        assert len(history.when(make(ask.EndorseReturn))) == 1
    else:
        history.refuses(make(ask.EndorseReturn), code)


@pytest.mark.parametrize("side", [0, 1])
def test_extreme_danger_blocks_always_whoever_found_it(side: int) -> None:
    worst = {
        "findings": both_subjects(finding(likelihood=4, severity=4)),
        "measures": (measure(RiskLevel.LOW),),
    }
    sides = (worst, {}) if side == 0 else ({}, worst)
    history = with_.filed("risk", destination=Destination.PROTECTED_PLACE).after(
        make(ask.SignJointRisk, by=with_.FROM, **sides[0]),
        make(ask.SignJointRisk, by=with_.TO, **sides[1]),
        make(ask.RecordDecision),
    )
    history.refuses(make(ask.EndorseReturn), "risk-too-high")


def test_the_older_signature_decides_how_long_it_holds() -> None:
    history = with_.filed("risk").after(
        make(ask.SignJointRisk, at=after(days=0)),
        make(ask.SignJointRisk, by=with_.TO, at=after(days=5)),
    )
    assert len(history.when(make(ask.EndorseReturn, at=after(days=6)))) == 1
    history.refuses(make(ask.EndorseReturn, at=after(days=7)), "joint-risk-expired")


def test_an_old_assessment_holds_nobody_at_departure_back_once_signed_anew() -> None:
    with_.approved().refuses(make(ask.DepartReturn, at=with_.LEAVES), "joint-risk-expired")
    assert len(with_.ready_to_leave().when(make(ask.DepartReturn, at=with_.LEAVES))) == 1


def test_signed_anew_while_approved_it_reopens_nothing_unless_it_rises() -> None:
    again = with_.approved().after(*with_.signed(at=after(days=20)))
    assert isinstance(with_.state_of(again), states.Approved)
    worse = {
        "findings": both_subjects(finding(likelihood=3, severity=3)),
        "measures": (measure(),),
    }
    events = again.when(make(ask.SignJointRisk, at=after(days=21), **worse))
    assert [type(each) for each in events] == [
        filed.JointRiskSigned,
        filed.RiskRiseNoted,
        journey.ReturnReopened,
    ]
    assert events[-1].reason is ReturnReopening.RISK_ROSE


def test_an_unfinished_worse_assessment_outdates_the_one_before() -> None:
    worse = {
        "findings": both_subjects(finding(likelihood=3, severity=3)),
        "measures": (measure(),),
    }
    history = with_.filed().after(make(ask.SignJointRisk, **worse))
    history.refuses(make(ask.EndorseReturn), "joint-risk-expired")
    whole = history.after(make(ask.SignJointRisk, by=with_.TO, **worse))
    assert len(whole.when(make(ask.EndorseReturn))) == 1


def test_a_later_rise_heard_from_anywhere_reopens_an_approval() -> None:
    noted, reopened = with_.approved().when(make(heard.NoteRisk, at=after(days=2)))
    assert isinstance(noted, filed.RiskRiseNoted)
    assert reopened.reason is ReturnReopening.RISK_ROSE
    history = with_.approved().after(make(heard.NoteRisk, at=after(days=2)))
    history.refuses(make(ask.EndorseReturn, at=after(days=2)), "joint-risk-expired")
    anew = history.after(*with_.signed(at=after(days=3)))
    both = (
        make(ask.EndorseReturn, at=after(days=3)),
        make(ask.EndorseReturn, by=with_.TO, at=after(days=3)),
    )
    assert isinstance(with_.state_of(anew.after(*both)), states.Approved)


def test_another_high_dimension_is_a_rise_even_at_the_same_level() -> None:
    high = high_with(RiskLevel.MEDIUM, Destination.FAMILY).after(
        make(ask.EndorseReturn), make(ask.EndorseReturn, by=with_.TO)
    )
    known = {"overall": RiskLevel.HIGH, "high": frozenset({RiskDimension.NETWORK})}
    high.stays_quiet(make(heard.NoteRisk, at=after(days=1), **known))
    new = known | {"high": frozenset({RiskDimension.FAMILY})}
    assert len(high.when(make(heard.NoteRisk, at=after(days=1), **new))) == 2


def test_what_was_assessed_before_both_signed_is_no_later_rise() -> None:
    with_.approved().stays_quiet(make(heard.NoteRisk, at=after(days=2), assessed_at=after(days=-1)))


def test_a_rise_before_approval_outdates_the_joint_assessment() -> None:
    (noted,) = with_.filed().when(make(heard.NoteRisk, at=after(days=1)))
    assert isinstance(noted, filed.RiskRiseNoted)
    with_.filed().after(make(heard.NoteRisk, at=after(days=1))).stays_quiet(
        make(heard.NoteRisk, at=after(days=1))
    )


def test_danger_assessed_on_arrival_ends_the_duty_to_assess() -> None:
    on_arrival = make(heard.NoteRisk, phase=RiskPhase.ARRIVAL, overall=RiskLevel.LOW)
    (noted,) = with_.arrived().when(on_arrival)
    assert isinstance(noted, journey.ReassessmentNoted)
    with_.arrived().after(on_arrival).stays_quiet(on_arrival)
