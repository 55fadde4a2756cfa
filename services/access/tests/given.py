"""Invented organisations, workers and keys, and short ways to write commands about them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from nrm_access.domain import commands as ask
from nrm_access.domain import organisation as machine
from nrm_access.domain.values import TERMS_NOW, Entrusted, Profile, PublicKey
from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty, OrganisationKind
from nrm_runtime.core import Actor, Automatic, Worker
from nrm_runtime.testing.clock import after
from nrm_runtime.testing.given import Given, given


def named(name: str) -> UUID:
    """Give an id that is the same in every run."""
    return uuid5(UUID(int=11), name)


NGO, AGENCY, ABROAD, OFFICE = (named(one) for one in ("ngo", "agency", "abroad", "office"))
ADA, BEN, CY, NEW = (named(one) for one in ("ada", "ben", "cy", "new"))
VERA, OTHER_VERA = named("vera"), named("other vera")

PROFILE = Profile(
    name="Harbour House (invented)",
    client="harbour",
    kind=OrganisationKind.NGO,
    country="RO",
    languages=frozenset({"ro"}),
    groups=frozenset(),
)
DUTIES = frozenset({Duty.ADMINISTER, Duty.ASSIST, Duty.REFER, Duty.FIRST_RESPONDER})
SYSTEM = Automatic(service="access")


def acting(worker: UUID, organisation: UUID = NGO, *duties: Duty, country: str = "RO") -> Worker:
    """Give a worker as a token names one."""
    return Worker(
        organisation=organisation,
        worker=worker,
        country=country,
        kind="NGO",
        duties=frozenset(duties),
    )


ADMINISTRATOR = acting(ADA, NGO, Duty.ADMINISTER)
COLLEAGUE = acting(BEN, NGO, Duty.ASSIST)
VETTER = acting(VERA, AGENCY, Duty.VET_ORGANISATIONS)
FOREIGN_VETTER = acting(OTHER_VERA, ABROAD, Duty.VET_ORGANISATIONS, country="IT")
APPLICANT = acting(OFFICE, OFFICE, country="ZZ")


def key(name: str = "first", valid_from: datetime | None = None) -> PublicKey:
    """Give a public key; the machine does not look at its halves."""
    return PublicKey(
        key=named(f"key {name}"),
        x="x",
        y="y",
        thumbprint=named(name).hex * 2,
        valid_from=valid_from or after(),
    )


def command(what: type[Any], by: Actor, at: datetime | None = None, **fields: Any) -> Any:
    """Give a command about Harbour House."""
    base: dict[str, Any] = {"id": uuid4(), "by": by, "at": at or after(), "organisation": NGO}
    return what(**base | fields)


def entering(what: type[Any] = ask.ApplyAsOrganisation, **fields: Any) -> Any:
    """Give an application (or an import) of Harbour House."""
    usual: dict[str, Any] = {
        "by": APPLICANT if what is ask.ApplyAsOrganisation else SYSTEM,
        "profile": PROFILE,
        "duties": DUTIES,
        "workers": (Entrusted(worker=ADA, duties=frozenset({Duty.ADMINISTER})),),
        "keys": (key(),),
    }
    if what is ask.ImportOrganisation:
        usual["first"] = True
    return command(what, **usual | fields)


def staff(**duties: Iterable[Duty]) -> tuple[Entrusted, ...]:
    """Give workers by their invented names."""
    return tuple(
        Entrusted(worker=named(one), duties=frozenset(some)) for one, some in duties.items()
    )


def nothing() -> Given[Any, Any]:
    """Nobody has heard of the organisation."""
    return given(machine)


def applied(**fields: Any) -> Given[Any, Any]:
    """It has applied."""
    return nothing().after(entering(**fields))


def vetted(*duties: Duty) -> Given[Any, Any]:
    """It was vetted, with everything that it asked for or with these duties."""
    return applied().after(command(ask.VetOrganisation, VETTER, duties=frozenset(duties) or DUTIES))


def active() -> Given[Any, Any]:
    """It takes part; Ada administers it, Ben and Cy assist, Cy is a first responder too."""
    return (
        vetted()
        .after(command(ask.AcceptTerms, ADMINISTRATOR, terms=TERMS_NOW))
        .after(command(ask.AddWorker, ADMINISTRATOR, worker=BEN, duties=frozenset({Duty.ASSIST})))
        .after(command(ask.AddWorker, ADMINISTRATOR, worker=CY, duties=frozenset({Duty.ASSIST})))
        .after(
            command(
                ask.SetDuties,
                VETTER,
                worker=CY,
                duties=frozenset({Duty.ASSIST, Duty.FIRST_RESPONDER}),
            )
        )
    )


def suspended() -> Given[Any, Any]:
    """A national administrator suspended it."""
    return active().after(
        command(ask.SuspendOrganisation, VETTER, reason=SuspensionReason.TERMS_BROKEN)
    )


def declined() -> Given[Any, Any]:
    """A national administrator did not take it in."""
    return applied().after(
        command(ask.DeclineOrganisation, VETTER, reason=DeclineOfVetting.NOT_ENTITLED)
    )


def agency() -> Given[Any, Any]:
    """A national agency, imported: Vera administers and vets, Ben does neither."""
    profile = replace(PROFILE, name="Agency (invented)", client="agency")
    return nothing().after(
        entering(
            ask.ImportOrganisation,
            organisation=AGENCY,
            profile=profile,
            duties=frozenset({Duty.NATIONAL_AGENCY, Duty.VET_ORGANISATIONS, Duty.REFER}),
            workers=staff(
                vera=[Duty.ADMINISTER, Duty.VET_ORGANISATIONS],
                ben=[Duty.REFER],
                ada=[Duty.ADMINISTER],
            ),
        )
    )


def stories() -> list[list[Any]]:
    """Give the events of three organisations that together know every kind of fact."""
    out: dict[str, Any] = {"worker": BEN, "reason": SuspensionReason.LEFT}
    managed = [
        entering(),
        command(ask.VetOrganisation, VETTER, duties=DUTIES),
        command(ask.AcceptTerms, ADMINISTRATOR, terms=TERMS_NOW),
        command(ask.AddWorker, ADMINISTRATOR, worker=BEN, duties=frozenset({Duty.ASSIST})),
        command(ask.SetDuties, VETTER, worker=BEN, duties=frozenset({Duty.FIRST_RESPONDER})),
        command(ask.SuspendWorker, ADMINISTRATOR, **out),
        command(ask.RestoreWorker, ADMINISTRATOR, worker=BEN),
        command(ask.RegisterKey, ADMINISTRATOR, key=key("next")),
        command(ask.RevokeKey, ADMINISTRATOR, key=key().key),
        command(ask.SetOrganisationDuties, ADMINISTRATOR, duties=frozenset({Duty.ASSIST})),
        command(ask.SuspendOrganisation, VETTER, reason=SuspensionReason.SAFETY),
        command(ask.RestoreOrganisation, VETTER),
    ]
    imported = [entering(ask.ImportOrganisation)]
    refused = [
        entering(),
        command(ask.DeclineOrganisation, VETTER, reason=DeclineOfVetting.INCOMPLETE),
    ]
    return [_history(one) for one in (managed, imported, refused)]


def _history(commands: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    now = nothing()
    for one in commands:
        found += now.when(one)
        now = now.after(one)
    return found
