"""Private events at rest: a stored name, a version, and bytes that mean one thing for ever."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from nrm_runtime.core import Event

Upcaster: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


class UnknownEvent(Exception):
    """A stored name or version that this codec does not know: the history cannot be read."""


def _plain(value: object) -> str:
    # asyncpg gives a subclass of UUID that msgspec does not take for one.
    if isinstance(value, UUID):
        return str(value)
    msg = f"{type(value).__name__} cannot stand in an event"
    raise TypeError(msg)


_ENCODER: Final = msgspec.json.Encoder(order="deterministic", enc_hook=_plain)


class Codec:
    """The stored names of one machine's events.

    `names` maps a stored name, chosen once, to the event class; events are read by that name
    and never by their shape. `upcasters` maps (name, version) to a pure function from the
    stored fields to those of the next version; the current version is one above the highest.
    """

    def __init__(
        self,
        names: Mapping[str, type[Event]],
        upcasters: Mapping[tuple[str, int], Upcaster] | None = None,
    ) -> None:
        """Refuse two names for one class, since an event could not tell which is its own."""
        self.names: Final = dict(names)
        self._upcasters = dict(upcasters or {})
        self._name_of = {cls: name for name, cls in names.items()}
        if len(self._name_of) != len(self.names):
            msg = "two stored names for one class"
            raise ValueError(msg)
        self._versions = dict.fromkeys(names, 1)
        for name, version in self._upcasters:
            self._versions[name] = max(self._versions[name], version + 1)
        self._decoders = {name: msgspec.json.Decoder(cls) for name, cls in names.items()}

    @staticmethod
    def plain(fields: Mapping[str, Any]) -> bytes:
        """Give the bytes at rest of fields that belong to no event class."""
        return _ENCODER.encode(fields)

    def name(self, event: Event) -> str:
        """Give the stored name of an event."""
        return self._name_of[type(event)]

    def knows(self, name: str) -> bool:
        """Say whether a stored name is one of this machine's."""
        return name in self._decoders

    def encode(self, event: Event) -> tuple[str, int, bytes]:
        """Give stored name, schema version and the exact bytes; equal events, equal bytes."""
        name = self._name_of[type(event)]
        return name, self._versions[name], _ENCODER.encode(event)

    def decode(self, name: str, version: int, body: bytes) -> Event:
        """Read an event, brought up to its current version; `UnknownEvent` if it has none."""
        decoder = self._decoders.get(name)
        if decoder is None:
            raise UnknownEvent(name)
        current = self._versions[name]
        if version == current:
            return decoder.decode(body)
        fields = msgspec.json.decode(body)
        for step in range(version, current):
            upcast = self._upcasters.get((name, step))
            if upcast is None:
                raise UnknownEvent(f"{name} version {step}")
            fields = upcast(fields)
        if version > current:
            raise UnknownEvent(f"{name} version {version}")
        return decoder.decode(_ENCODER.encode(fields))


__all__ = ["Codec", "UnknownEvent", "Upcaster"]
