"""What a message does here: its contract is read, its policy asked, its commands executed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.catalogue import CATALOGUE
from nrm_contracts.contract import Contract
from nrm_contracts.envelope import Envelope, Unreadable, read_envelope
from nrm_runtime import telemetry
from nrm_runtime.broker.heard import Heard, Policy
from nrm_runtime.broker.letter import Letter
from nrm_runtime.broker.parking import record_refusal
from nrm_runtime.core import Automatic, Command, Refused
from nrm_runtime.persons.keys import Vault
from nrm_runtime.store.execute import execute
from nrm_runtime.store.machine import Machine

Effects: TypeAlias = Callable[[AsyncConnection, Sequence[Letter]], Awaitable[None]]
"""Applies letters, in order, in the caller's transaction."""

Now: TypeAlias = Callable[[], Awaitable[datetime]]
"""The service's clock (UTC), in development moved by an offset that the database keeps."""

KNOWN: Final = frozenset(name for name, _ in CATALOGUE)


class Policies:
    """The effects of contracts: `hears` lists the policies by what they answer."""

    def __init__(
        self,
        machine: Machine[Any, Any],
        hears: Mapping[type[Contract], Policy],
        vault: Vault,
        now: Now,
    ) -> None:
        """Commands go to `machine`, under the name of its service."""
        self._machine = machine
        self._hears = dict(hears)
        self._names = frozenset(contract.name for contract in hears)
        self._vault = vault
        self._now = now
        self._by = Automatic(service=machine.service)

    async def __call__(self, tx: AsyncConnection, letters: Sequence[Letter]) -> None:
        """Apply letters. A type that nobody here listens to has no effect.

        Raises `Unreadable` for an unknown type, a wrong schema, or a body that says other than
        its headers.
        """
        now: datetime | None = None
        for letter in letters:
            if letter.type not in KNOWN:
                raise Unreadable("unknown-type")
            if letter.type not in self._names:
                continue
            envelope = read_envelope(letter.body)
            _agree(letter, envelope)
            fact = envelope.contract()
            policy = self._hears.get(type(fact))
            if policy is None:
                continue
            now = now or await self._now()
            heard = Heard(
                data=fact,
                case=envelope.case,
                message=envelope.id,
                event=envelope.id,
                occurred_at=envelope.at,
                now=now,
                by=self._by,
            )
            with telemetry.hearing(letter.type, letter.topic, letter.traceparent):
                await self._obey(tx, letter, envelope, policy(heard), now)

    async def _obey(
        self,
        tx: AsyncConnection,
        letter: Letter,
        envelope: Envelope,
        commands: Sequence[Command],
        now: datetime,
    ) -> None:
        for ordinal, command in enumerate(commands):
            try:
                await execute(
                    self._machine,
                    tx,
                    self._vault,
                    envelope.case,
                    command,
                    now=now,
                    cause=envelope.id,
                    correlation=envelope.correlation,
                )
            except Refused as refused:  # raised before anything was written
                await record_refusal(tx, self._by.service, letter, ordinal, refused.code)


def _agree(letter: Letter, envelope: Envelope) -> None:
    said = (letter.message, letter.case, letter.stream, letter.told, letter.type)
    if said != (envelope.id, envelope.case, envelope.stream, envelope.told, envelope.type):
        raise Unreadable("other-than-its-headers")
