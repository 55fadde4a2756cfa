"""The recovery and reflection region (CETS 197 art. 13; Romania: Law 678/2001 art. 39^1).

    Unoffered -> NotApplicable
    Unoffered -> Offered -> Running -> Over (expired, decided, waived, revoked)
                 Offered -> Declined

No removal while it runs. Whether children or nationals get one, when it may start and how long
it lasts are rules of the country profile and come in with the command.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from nrm_contracts.codes import AgeBand, ReflectionEnd, ReflectionExemption
from nrm_identification.domain import commands as ask
from nrm_identification.domain import events as fact
from nrm_identification.domain.identification import Identification, Identified, Presumed
from nrm_runtime.core import Command, Due, FallDue, Refused, worker

DEADLINE = "reflection"


@dataclass(frozen=True, slots=True)
class Unoffered:
    """Nothing was said about a period yet."""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """No period applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The person is thinking about it."""

    country: str
    profile: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The person wants no period; it may be offered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The period runs; the longest that it may last is counted from `began`."""

    country: str
    began: datetime
    ends: Due
    extended: bool


@dataclass(frozen=True, slots=True)
class Over:
    """The period has ended."""


Reflection: TypeAlias = Unoffered | NotApplicable | Offered | Declined | Running | Over

ALLOWED: dict[type[Reflection], frozenset[type[Command]]] = {
    Unoffered: frozenset({ask.OfferReflection, ask.ExemptFromReflection}),
    NotApplicable: frozenset({ask.OfferReflection}),
    Offered: frozenset({ask.StartReflection, ask.DeclineReflection}),
    Declined: frozenset({ask.OfferReflection}),
    Running: frozenset({ask.ExtendReflection, ask.EndReflection, FallDue}),
    Over: frozenset(),
}


Step: TypeAlias = (
    fact.ReflectionNotApplicable
    | fact.ReflectionOffered
    | fact.ReflectionDeclined
    | fact.ReflectionStarted
    | fact.ReflectionExtended
    | fact.ReflectionEnded
)


def evolve(state: Reflection, event: Step) -> Reflection:
    """Give the region after one of its facts."""
    match event:
        case fact.ReflectionNotApplicable():
            return NotApplicable()
        case fact.ReflectionOffered():
            return Offered(country=event.country, profile=event.profile)
        case fact.ReflectionDeclined():
            return Declined()
        case fact.ReflectionStarted():
            return Running(country=event.country, began=event.at, ends=event.ends, extended=False)
        case fact.ReflectionExtended():
            assert isinstance(state, Running)
            return replace(state, ends=event.ends, extended=True)
        case fact.ReflectionEnded():
            return Over()
        case _:
            assert_never(event)


def decide(
    state: Reflection, status: Identification, age: AgeBand, command: Command
) -> tuple[fact.CaseEvent, ...]:
    """Give what follows for the reflection region; raises `Refused`."""
    match state, command:
        case ((Unoffered() | NotApplicable() | Declined()), ask.OfferReflection()):
            return (_offer(status, age, command),)
        case Unoffered(), ask.ExemptFromReflection():
            return (_exempt(age, command),)
        case Offered(), ask.StartReflection():
            return (
                fact.ReflectionStarted(
                    at=command.at,
                    by=worker(command).organisation,
                    country=state.country,
                    ends=command.ends,
                ),
            )
        case Offered(), ask.DeclineReflection():
            by = worker(command).organisation
            return (fact.ReflectionDeclined(at=command.at, by=by, country=state.country),)
        case Running(), ask.ExtendReflection():
            return (_extend(state, command),)
        case Running(), ask.EndReflection():
            return (_end(state, command),)
        case Running(), FallDue():
            return (_ended(state, command, ReflectionEnd.EXPIRED),)
        case _:
            raise Refused(
                "out-of-order",
                f"{type(command).__name__} is not possible in {type(state).__name__}.",
            )


def _offer(
    status: Identification, age: AgeBand, command: ask.OfferReflection
) -> fact.ReflectionOffered:
    by = worker(command).organisation
    begins = {"presumed": (Presumed, Identified), "identified": (Identified,)}
    if not any(isinstance(status, begins[key]) for key in command.starts_on):
        raise Refused("too-early", "The country profile lets the period start later.")
    if age is not AgeBand.ADULT and not command.for_children:
        raise Refused(
            "reflection-not-for-children",
            "This country protects children by another measure; note that none applies.",
        )
    if command.own_national and command.foreigners_only:
        raise Refused("reflection-not-applicable", "This country offers it to foreigners only.")
    return fact.ReflectionOffered(
        at=command.at, by=by, country=command.country, profile=command.profile
    )


def _exempt(age: AgeBand, command: ask.ExemptFromReflection) -> fact.ReflectionNotApplicable:
    by = worker(command).organisation
    if command.reason is ReflectionExemption.CHILD_PROTECTED_OTHERWISE and age is AgeBand.ADULT:
        raise Refused("not-a-child", "An adult is not protected by a measure for children.")
    return fact.ReflectionNotApplicable(
        at=command.at,
        by=by,
        reason=command.reason,
        country=command.country,
        profile=command.profile,
    )


def _extend(state: Running, command: ask.ExtendReflection) -> fact.ReflectionExtended:
    by = worker(command).organisation
    if not command.allowed:
        raise Refused("not-extendable", "The country profile knows no extension.")
    if command.ends.at <= state.ends.at:
        raise Refused("not-later", "An extension ends later than the period it extends.")
    if command.ends.at > command.latest.at:
        raise Refused("too-long", "The country profile sets a longest duration.")
    return fact.ReflectionExtended(at=command.at, by=by, country=state.country, ends=command.ends)


def _end(state: Running, command: ask.EndReflection) -> fact.ReflectionEnded:
    worker(command)
    if command.how is ReflectionEnd.EXPIRED:
        raise Refused("not-expired", "Only the clock lets a period expire.")
    if command.how is ReflectionEnd.REVOKED and not command.revocable:
        raise Refused("not-revocable", "The country profile does not let a period be revoked.")
    return _ended(state, command, command.how)


def _ended(state: Running, command: Command, how: ReflectionEnd) -> fact.ReflectionEnded:
    return fact.ReflectionEnded(
        at=command.at, country=state.country, how=how, profile=state.ends.profile
    )
