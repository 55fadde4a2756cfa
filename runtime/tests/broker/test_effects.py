"""A contract is read, its policy asked, its commands executed; the rest is quarantined."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from nrm_contracts.contract import Contract
from nrm_contracts.envelope import write_envelope
from nrm_contracts.ids import NotificationId, OrganisationId
from nrm_contracts.notifications import NotificationAcknowledged, NotificationQueued
from nrm_runtime.broker.effects import Policies
from nrm_runtime.broker.heard import Heard, command_id
from nrm_runtime.broker.hears import Hearing
from nrm_runtime.broker.letter import Letter
from nrm_runtime.core import Automatic, Command
from nrm_runtime.service import Running
from nrm_runtime.testing.clock import BEGINNING, after
from runtime.tests import toy
from runtime.tests.acts import COOK, rows
from runtime.tests.wires import count, events, heard, letter, parked, quarantined, stream_of

pytestmark = pytest.mark.integration

TOPIC = "nrm.notifications"


async def now() -> datetime:
    return after(days=1)


def when_acknowledged(fact: Heard[NotificationAcknowledged]) -> tuple[Command, ...]:
    """Fill a litre, ask too much, fill another: the refusal in between harms neither."""
    litres = (1, toy.LITRES_MAX, 1)
    return tuple(
        toy.Fill(id=fact.command_id(ordinal), by=COOK, at=fact.now, litres=each)
        for ordinal, each in enumerate(litres)
    )


def hearing(held: Running) -> Hearing:
    policies = Policies(
        held.service.machine, {NotificationAcknowledged: when_acknowledged}, held.vault, now
    )
    return Hearing("toy", held.app, {TOPIC: policies})


def told(case: UUID, number: int, fact: Contract, **other: Any) -> Letter:
    plain = letter(case, number)
    body = write_envelope(
        fact,
        id=plain.message,
        source="/nrm/notifications",
        case=case,
        at=BEGINNING,
        stream=stream_of(case),
        told=number,
        correlation=case,
        causation=None,
    )
    return replace(replace(plain, topic=TOPIC, type=fact.name, body=body), **other)


def acknowledged() -> NotificationAcknowledged:
    return NotificationAcknowledged(
        notification=NotificationId(uuid4()), organisation=OrganisationId(uuid4())
    )


def queued() -> NotificationQueued:
    return NotificationQueued.model_construct(notification=uuid4())


async def test_a_policy_is_asked_and_its_refused_command_is_recorded_while_the_case_goes_on(
    kitchen: Running,
) -> None:
    case = uuid4()
    await hearing(kitchen).take([told(case, 1, acknowledged())])
    assert await events(kitchen) == 2
    assert await quarantined(kitchen) == set()
    refusals = await rows(kitchen, "SELECT message_id, ordinal, code, type FROM refusal")
    assert [tuple(each) for each in refusals] == [
        (letter(case, 1).message, 1, "too-full", NotificationAcknowledged.name)
    ]


async def test_entries_name_the_message_that_caused_them(kitchen: Running) -> None:
    case = uuid4()
    await hearing(kitchen).take([told(case, 1, acknowledged())])
    cause = "SELECT count(*) FROM event WHERE convert_from(entry, 'UTF8')::jsonb->>'cause' = $1"
    assert await count(kitchen, cause, str(letter(case, 1).message)) == 2


async def test_a_type_that_nobody_here_listens_to_only_moves_the_count(kitchen: Running) -> None:
    case = uuid4()
    await hearing(kitchen).take([told(case, 1, queued()), told(case, 2, acknowledged())])
    ((moved,),) = await rows(kitchen, "SELECT told FROM heard WHERE topic = $1", TOPIC)
    assert moved == 2
    assert await events(kitchen) == 2
    assert await heard(kitchen) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "nrm.notifications.never-heard-of"}, "unknown-type"),
        ({"body": b"\xff\xfe"}, "not-json"),
        ({"body": b""}, "not-json"),
        ({"body": b"[]"}, "not-an-envelope"),
        ({"told": 1, "message": uuid4()}, "other-than-its-headers"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_what_is_not_understood_is_quarantined_at_once_and_harms_no_other(
    kitchen: Running, change: dict[str, Any], reason: str
) -> None:
    bad, good = uuid4(), uuid4()
    broken = told(bad, 1, acknowledged(), **change)
    await hearing(kitchen).take(
        [broken, told(bad, 2, acknowledged()), told(good, 1, acknowledged())]
    )
    assert await quarantined(kitchen) == {bad}
    first, *_ = await parked(kitchen)
    assert (first[0], first[2]) == ("poison", reason)
    assert await events(kitchen) == 2


async def test_a_wrong_schema_is_quarantined_and_a_field_of_the_future_is_not(
    kitchen: Running,
) -> None:
    bad, good = uuid4(), uuid4()
    wrong, future = told(bad, 1, acknowledged()), told(good, 1, acknowledged())
    wrong = replace(wrong, body=wrong.body.replace(b'"organisation":', b'"institution":'))
    future = replace(future, body=future.body.replace(b'"data":{', b'"data":{"later":"yes",'))
    await hearing(kitchen).take([wrong, future])
    assert [(row[0], row[2]) for row in await parked(kitchen)] == [("poison", "wrong-schema")]
    assert await events(kitchen) == 2


def test_the_ids_of_effects_differ_by_consumer_message_and_ordinal_and_repeat() -> None:
    message = uuid4()
    made = {
        command_id(consumer, each, ordinal)
        for consumer in ("one", "two")
        for each in (message, uuid4())
        for ordinal in (0, 1)
    }
    assert len(made) == 8
    fact = Heard(
        data=acknowledged(),
        case=uuid4(),
        message=message,
        event=message,
        occurred_at=BEGINNING,
        now=BEGINNING,
        by=Automatic(service="one"),
    )
    assert fact.command_id(1) == command_id("one", message, 1)
