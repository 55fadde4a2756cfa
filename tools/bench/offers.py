"""Prepared hand-offs: cases of invented persons, each offered to a receiver that may accept it.

The offers are made by referral's own machine through the runtime's shell, as its API makes them:
opened, consented, offered. Receivers are many, as in a country, so that none is asked alone.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4, uuid5

from ruamel.yaml import YAML
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.codes import AgeBand, Gender, YesNo
from nrm_contracts.consent_codes import (
    Basis,
    BlockedGroup,
    ConsentForm,
    ConsentGiver,
    DataCategory,
    Need,
    Purpose,
    ReferralKind,
)
from nrm_contracts.ids import ConsentId, OrganisationId, PersonId, ReferralId
from nrm_contracts.organisations import Organisation, Organisations, organisations
from nrm_referral.app import service
from nrm_referral.domain import commands as ask
from nrm_referral.domain.values import Fit, Ground, Pace, Receiver
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, read_key
from nrm_runtime.core import Automatic, Command, Due, Worker
from nrm_runtime.service import Running, running
from nrm_runtime.store.append import Fact
from nrm_runtime.store.execute import execute, fact_of
from nrm_runtime.web.etags import ETag, etag
from tools.bench.stage import Stage

RECEIVERS: Final = 64
PLACES: Final = 1_000
AT_ONCE: Final = 8
SEEDS: Final = Path(__file__).resolve().parents[2] / "infra" / "local" / "organisations.yaml"
SENDER: Final = "ngo-d"
MODEL: Final = "ngo-o"  # the receivers of the bench are copies of this one
SCOPE: Final = "case:read case:write"
CATEGORIES: Final = frozenset({DataCategory.STORY, DataCategory.NEEDS, DataCategory.RISKS})
NEEDS: Final = frozenset({Need.ACCOMMODATION, Need.MEDICAL})

_IDS: Final = UUID("7e5f4f0c-0a86-4a63-8f0b-8c1e35f6a0c9")


@dataclass(frozen=True, slots=True)
class Offer:
    """One prepared hand-off and what its receiver has to say to accept it."""

    case: UUID
    referral: UUID
    receiver: str
    tag: ETag


def write_seed(path: Path) -> None:
    """Write the organisations of the local copy and the receivers of the bench."""
    yaml = YAML(typ="safe", pure=True)
    seed = yaml.load(SEEDS.read_text("utf-8"))
    model = next(one for one in seed["organisations"] if one["key"] == MODEL)
    for number in range(RECEIVERS):
        key = receiver_key(number)
        seed["organisations"].append(
            {
                **model,
                "key": key,
                "id": str(uuid5(_IDS, key)),
                "name": f"Receiver {number} (invented)",
                "email": f"{key}@nrm.example",
                "receives": {**model["receives"], "places": PLACES},
                "workers": [{**model["workers"][0], "id": str(uuid5(_IDS, f"{key}/worker"))}],
            }
        )
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(seed, file)


def receiver_key(number: int) -> str:
    """Give the key of the n-th receiver."""
    return f"receiver-{number % RECEIVERS:02}"


@asynccontextmanager
async def referral_of(stage: Stage) -> AsyncIterator[Running]:
    """Hold what a process of referral works with, inside the bench."""
    async with running(service(), stage.settings("referral")) as held:
        yield held


async def prepare(held: Running, count: int) -> list[Offer]:
    """Open so many cases and offer each to a receiver, a case in one transaction."""
    path = held.settings.organisations
    assert path is not None
    known = organisations(path)
    numbers = iter(range(count))
    made: list[Offer] = []

    async def some() -> None:
        for number in numbers:
            async with held.app.begin() as tx:
                made.append(await _offered(held, tx, known, number))

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return made


async def _offered(held: Running, tx: AsyncConnection, known: Organisations, number: int) -> Offer:
    sender, receiver = known.named(SENDER), known.named(receiver_key(number))
    assert sender is not None
    assert receiver is not None
    case, referral, now = uuid4(), uuid4(), datetime.now(UTC)
    outcome = None
    for command in story(known, sender, receiver, referral, now):
        outcome = await execute(
            held.service.machine, tx, held.vault, case, command, now=now, key=sender.key
        )
    assert outcome is not None
    return Offer(case, referral, receiver.key, etag(outcome.event_ids[-1]))


def story(
    known: Organisations,
    sender: Organisation,
    receiver: Organisation,
    referral: UUID,
    now: datetime,
) -> Iterator[Command]:
    """A signal opened the case, the person consented, the hand-off is offered."""
    consent, custodian = ConsentId(uuid4()), OrganisationId(sender.id)
    agency = known.agency(sender.country)
    by = worker_of(sender)
    yield ask.OpenCase(
        id=uuid4(),
        by=Automatic(service="referral"),
        at=now,
        person=PersonId(uuid4()),
        custodian=custodian,
        agency=None if agency is None else OrganisationId(agency),
        country=sender.country,
        age=AgeBand.ADULT,
    )
    yield ask.GrantConsent(
        id=uuid4(),
        by=by,
        at=now,
        consent=consent,
        recipient=OrganisationId(receiver.id),
        group=None,
        purpose=Purpose.ASSISTANCE,
        categories=CATEGORIES,
        blocked=frozenset({BlockedGroup.FAMILY}),
        form=ConsentForm.WRITTEN,
        giver=ConsentGiver.PERSON,
        assent=None,
        until=_due(now, 180 * 24),
    )
    yield _offer(known, receiver, by, ReferralId(referral), consent, now)


def accepted() -> Fact:
    """Give what is stored of one acceptance, as the machine decides it."""
    known, now = organisations(SEEDS), datetime.now(UTC)
    sender, receiver = known.named(SENDER), known.named(MODEL)
    assert sender is not None
    assert receiver is not None
    referral, machine = uuid4(), service().machine
    accept = ask.AcceptReferral(
        id=uuid4(),
        by=worker_of(receiver),
        at=now,
        referral=ReferralId(referral),
        offer="ab" * 32,
        free=PLACES,
        agreed_at=None,
        confirm_by=_due(now, 24),
        confirm_hours=24,
    )
    state = machine.initial
    for command in (*story(known, sender, receiver, referral, now), accept):
        events = machine.decide(state, command)
        for event in events:
            state = machine.evolve(state, event)
    return fact_of(machine.codec, events[-1], machine.tell(events[-1]))


def _offer(
    known: Organisations,
    receiver: Organisation,
    by: Worker,
    referral: ReferralId,
    consent: ConsentId,
    now: datetime,
) -> ask.OfferReferral:
    takes, agency = receiver.receives, known.agency(receiver.country)
    assert takes is not None
    return ask.OfferReferral(
        id=uuid4(),
        by=by,
        at=now,
        referral=referral,
        kind=ReferralKind.TRANSFER_OF_CUSTODY,
        receiver=Receiver(
            organisation=OrganisationId(receiver.id),
            country=receiver.country,
            agency=None if agency is None else OrganisationId(agency),
            child_protection=False,
            groups=frozenset(receiver.groups),
            needs=frozenset(takes.needs),
            ages=frozenset(takes.ages),
            genders=frozenset(takes.genders),
            languages=frozenset(takes.languages),
            free=takes.places,
        ),
        needs=NEEDS,
        purpose=Purpose.ASSISTANCE,
        categories=CATEGORIES,
        ground=Ground(basis=Basis.CONSENT, consent=consent),
        urgent=YesNo.NO,
        fit=Fit(gender=Gender.FEMININE, languages=frozenset({"ro"})),
        medical=YesNo.NO,
        threat=YesNo.NO,
        acknowledge_by=_due(now, 24),
        answer_by=_due(now, 72),
        pace=Pace(profile="IT@1", next_route_hours=48, escalate_hours=24),
        linked_return=None,
        replaces=None,
    )


def worker_of(organisation: Organisation) -> Worker:
    """Give the first worker of an organisation."""
    first = organisation.workers[0]
    return Worker(
        organisation=organisation.id,
        worker=first.id,
        country=organisation.country,
        kind=organisation.kind,
        duties=frozenset(first.duties),
    )


def _due(now: datetime, hours: int) -> Due:
    return Due(at=now + timedelta(hours=hours), profile="IT@1")


async def tokens_of(stage: Stage) -> dict[str, str]:
    """Fetch an access token for a worker of each receiver, from the identity provider."""
    known = organisations(Path(stage.plan.environment["NRM_ORGANISATIONS"]))
    found: dict[str, str] = {}
    for organisation in known.organisations:
        if not organisation.key.startswith("receiver-"):
            continue
        pem = stage.home / "keys" / f"{organisation.key}.pem"
        credentials = ClientCredentials(
            issuer=stage.plan.issuer,
            client=organisation.key,
            key=read_key(pem.read_bytes(), ES256),
            scope=SCOPE,
            worker=organisation.workers[0].id,
        )
        found[organisation.key] = await credentials.token()
    return found
