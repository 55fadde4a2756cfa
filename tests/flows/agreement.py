"""What must hold when everybody has heard everything: the services tell one truth."""

from functools import reduce
from typing import Any
from uuid import UUID

from nrm_assistance.domain import states as helping
from nrm_contracts.care_codes import ReturnKind
from nrm_contracts.consent_codes import ReferralKind
from nrm_contracts.contract import instant_text
from nrm_identification.domain import case as signing
from nrm_ledger.domain.regions import differences
from nrm_ledger.domain.regions import replay as fold
from nrm_referral.domain import states as moving
from nrm_return.domain import case_states as journeys
from nrm_return.domain import states as going
from nrm_runtime.ledger.bulk import Line, Who
from tests.flows.mechanism import PARTS, SERVICES, World
from tests.flows.views import RUNNING, WAITING

NOT_ARRIVED = (going.Requested, going.Reopened, going.Approved, going.Travelling)


def agree(world: World, case: UUID) -> None:
    """Compare what the services make of a case, when nothing is on its way."""
    signs, moves = world.state("identification", case), world.state("referral", case)
    cares, known = world.state("assistance", case), world.state("return", case)
    if isinstance(signs, signing.Unknown):
        assert isinstance(moves, moving.Unopened)
        return
    assert isinstance(moves, moving.Opened), "a signal without a case"
    custodians = {signs.custodian, moves.custodian, cares.custodian, known.known.custodian}
    assert len(custodians) == 1, "two organisations are taken for the custodian"
    assert {moves.agency} == {cares.agency, known.known.agency}
    assert {moves.age} == {signs.age, cares.age, known.known.age}
    assert _doors(signs, cares, known) == {_door(moves)}, "not everybody knows about the closing"
    _parts(moves, cares, known)
    for state in known.returns.values():
        _receiver(moves, state)
    for key, journey in moves.returns.items():
        assert key in known.returns
        ended = isinstance(known.returns[key], going.Withdrawn | going.RefusedUnsafe)
        assert ended == isinstance(journey, moving.Over)
        arrived = isinstance(known.returns[key], going.Arrived | going.Done)
        assert arrived == isinstance(journey, moving.Arrived)


def _door(moves: moving.Opened) -> str:
    if isinstance(moves.life, moving.Closed):
        return "closed"
    return "open" if isinstance(moves.closing, moving.NoClosing) else "closing"


def _doors(signs: Any, cares: Any, known: Any) -> set[str]:
    names: dict[type, str] = {
        signing.Working: "open",
        signing.Closing: "closing",
        signing.Closed: "closed",
        helping.DoorOpen: "open",
        helping.DoorClosing: "closing",
        helping.DoorClosed: "closed",
        journeys.Working: "open",
        journeys.Closing: "closing",
        journeys.Closed: "closed",
    }
    return {names[type(one)] for one in (signs.closure, cares.door, known.closing)}


def _parts(moves: moving.Opened, cares: Any, known: Any) -> None:
    """Who accepted takes part everywhere; who prepares has something to prepare for."""
    accepted, handed = moving.Accepted, moving.Handed
    here = {key: one for key, one in moves.referrals.items() if isinstance(one, accepted | handed)}
    assert set(known.known.parts) == set(here), "return has other parties than referral"
    routes = {key for key, one in cares.routes.items() if not isinstance(one, helping.Over)}
    assert routes == set(here), "assistance has other referrals than referral"
    awaited = {one.terms.receiver for one in here.values() if isinstance(one, accepted)}
    for one in cares.assistances.values():
        if isinstance(one, helping.Preparing):
            assert one.file.organisation in awaited, "somebody prepares for nobody"
    at_work = [
        one.file.organisation for one in cares.assistances.values() if isinstance(one, RUNNING)
    ]
    assert len(at_work) == len(set(at_work)), "an organisation has two assistances"


def _receiver(moves: moving.Opened, state: Any) -> None:
    """The receiver of a return is who accepted its linked referral, and nobody else."""
    key = state.file.return_id
    linked = {
        one: referral
        for one, referral in moves.referrals.items()
        if referral.terms.linked_return == key
    }
    receiver = state.file.receiver
    if isinstance(state, NOT_ARRIVED) and receiver is not None:
        found = linked[receiver.referral]
        assert isinstance(found, moving.Accepted), "return counts on a receiver that is gone"
        assert found.terms.receiver == receiver.organisation
    if isinstance(state, going.Requested | going.Reopened) and receiver is None:
        waits = [
            one
            for one in linked.values()
            if isinstance(one, moving.Accepted)
            and one.terms.kind is ReferralKind.TRANSFER_OF_CUSTODY
            and state.file.kind is not ReturnKind.HEARING_TRIP
        ]
        assert not waits, "a receiver accepted, and return does not know"
    if isinstance(state, going.Withdrawn | going.RefusedUnsafe):
        left = [one for one in linked.values() if isinstance(one, (*WAITING, moving.Accepted))]
        assert not left, "a referral waits for a return that will not be"
    if isinstance(state, going.Arrived) and receiver is not None:
        found = moves.referrals[receiver.referral]
        handed = isinstance(found, moving.Handed | moving.Done)
        assert state.handed_over == handed, "return does not know of the hand-off"
        assert handed or isinstance(found, moving.Accepted), "return waits for who is gone"
        assert found.terms.linked_return == key or _took_the_case(moves, receiver)
    if isinstance(state, going.Arrived) and receiver is None:
        assert not state.handed_over, "handed over to nobody"
        trip = state.file.kind is ReturnKind.HEARING_TRIP
        assert trip or state.plan_by is not None, "nobody has to find the next receiver"


def _took_the_case(moves: moving.Opened, receiver: Any) -> bool:
    """Say whether custody came by the referral that a return counts as its hand-off."""
    by = {tenure.referral: tenure.custodian for tenure in moves.custody}
    return bool(by.get(receiver.referral) == receiver.organisation)


def replay(world: World) -> None:
    """Read every stream from its bytes at rest and fold it: the same facts, the same state."""
    for (service, _), history in world.histories.items():
        assert service in SERVICES
        part = PARTS[service]
        read = [part.codec.decode(*part.codec.encode(event)) for event in history.events]
        assert read == history.events, f"{service} does not read what it wrote"
        state = reduce(part.machine.evolve, read, part.machine.initial)
        assert state == history.state, f"{service} comes to another state when it reads again"


def from_the_ledger(world: World) -> None:
    """Fold what was told, as somebody would who has the ledger alone: the same regions."""
    lines: dict[UUID, list[Line]] = {}
    for (service, case), history in world.histories.items():
        for seq, event in enumerate(history.events, start=1):
            told = PARTS[service].tell(event)
            lines.setdefault(case, []).append(
                Line(
                    actor=Who(service=service),
                    commitments=[],
                    event=UUID(int=seq),
                    occurred_at=instant_text(event.at),
                    recorded_at=instant_text(event.at),
                    seq=seq,
                    service=service,
                    stream=history.stream,
                    type="untold" if told is None else told.name,
                    v=1,
                    version=1,
                    contract=None if told is None else told.data(),
                )
            )
    for case, found in lines.items():
        for service, folded in fold(case, found).items():
            state, seq = world.state(service, case), len(world.history(service, case).events)
            said = {"service": service, "seq": seq, "regions": PARTS[service].regions(state)}
            assert differences(folded, said) == []
