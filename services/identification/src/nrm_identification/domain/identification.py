"""The identification region: how sure the mechanism is that a person was trafficked.

    Signalled -> Potential -> Presumed -> Identified | NotConfirmed
    any -> SelfWithdrawn;  NotConfirmed, SelfWithdrawn -> Potential (taken up again)

Assistance starts at Presumed and never waits for Identified. Who may presume and who may
identify are rules of the country profile and come in with the command.
"""

from dataclasses import dataclass
from typing import TypeAlias

from nrm_contracts.codes import AgeBand, IndicatorClass
from nrm_identification.domain import commands as ask
from nrm_identification.domain import events as fact
from nrm_runtime.core import Command, Refused, worker


@dataclass(frozen=True, slots=True)
class Signalled:
    """Somebody told us; nobody has looked for signs yet."""


@dataclass(frozen=True, slots=True)
class Potential:
    """There are signs; nobody has decided."""


@dataclass(frozen=True, slots=True)
class Presumed:
    """Reasonable grounds were decided."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The competent authority decided formally."""


@dataclass(frozen=True, slots=True)
class NotConfirmed:
    """The grounds were not met."""


@dataclass(frozen=True, slots=True)
class SelfWithdrawn:
    """The person wants no identification."""


Identification: TypeAlias = (
    Signalled | Potential | Presumed | Identified | NotConfirmed | SelfWithdrawn
)

ALLOWED: dict[type[Identification], frozenset[type[Command]]] = {
    Signalled: frozenset({ask.FindPotential, ask.WithdrawSelf}),
    Potential: frozenset({ask.Presume, ask.DoNotConfirm, ask.WithdrawSelf}),
    Presumed: frozenset({ask.Identify, ask.DoNotConfirm, ask.WithdrawSelf}),
    Identified: frozenset({ask.WithdrawSelf}),
    NotConfirmed: frozenset({ask.ReopenIdentification, ask.WithdrawSelf}),
    SelfWithdrawn: frozenset({ask.ReopenIdentification}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the guards of this region need to know beside its state."""

    age: AgeBand
    rights_explained: bool
    advice: IndicatorClass | None


def decide(state: Identification, known: Known, command: Command) -> tuple[fact.CaseEvent, ...]:
    """Give what follows for the identification region; raises `Refused`."""
    if type(command) not in ALLOWED[type(state)]:
        raise Refused(
            "out-of-order", f"{type(command).__name__} is not possible in {type(state).__name__}."
        )
    by = worker(command).organisation
    match command:
        case ask.FindPotential():
            return (fact.PotentialFound(at=command.at, by=by),)
        case ask.Presume():
            return (_presume(known, command),)
        case ask.Identify():
            _entitled(command, command.entitled)
            return (
                fact.VictimIdentified(
                    at=command.at,
                    by=by,
                    decision=command.decision,
                    country=command.country,
                    profile=command.profile,
                ),
            )
        case ask.DoNotConfirm():
            _entitled(command, command.entitled)
            return (
                fact.NotConfirmed(
                    at=command.at,
                    by=by,
                    reason=command.reason,
                    country=command.country,
                    profile=command.profile,
                ),
            )
        case ask.WithdrawSelf():
            return (fact.SelfWithdrawn(at=command.at, by=by),)
        case ask.ReopenIdentification():
            return (fact.IdentificationReopened(at=command.at, by=by, reason=command.reason),)
        case _:
            raise Refused("out-of-order", "This is no step of identification.")


def _presume(known: Known, command: ask.Presume) -> fact.VictimPresumed:
    by = worker(command).organisation
    _entitled(command, command.entitled)
    if not command.reasons:
        raise Refused("reasons-missing", "A decision on reasonable grounds names its reasons.")
    if not known.rights_explained:
        raise Refused("rights-missing", "Rights are explained before anybody decides.")
    if known.advice is None:
        raise Refused("indicators-missing", "A list of indicators is gone through first.")
    # Advice never decides, but whoever decides against it says why.
    against = known.advice is IndicatorClass.NO_TRAFFICKING_SIGNS
    if against and not command.justified:
        raise Refused("justification-missing", "A decision against the indicators is justified.")
    return fact.VictimPresumed(
        at=command.at,
        by=by,
        reasons=command.reasons,
        against_indicators=against,
        treated_as_child=known.age is not AgeBand.ADULT,
        notify=command.notify,
        country=command.country,
        profile=command.profile,
    )


def _entitled(command: Command, kinds: frozenset[str]) -> None:
    if worker(command).kind not in kinds:
        raise Refused("not-entitled", "The country profile does not let this organisation decide.")
