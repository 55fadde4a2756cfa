"""The bytes of a ledger entry, version 1: made once, stored, carried and hashed as they are.

An entry is canonical JSON (RFC 8785 restricted to strings, integers, lists and objects with
ASCII keys), at most 65,535 bytes. It holds ids, codes, dates, numbers and salted commitments,
never personal data. Version 1 is read for ever: a new field is a new version.

Everything here is pure and uses the standard library only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from nrm_runtime.core.actor import Actor, Automatic, Worker
from nrm_runtime.ledger.values import (
    SALT_BYTES,
    EntryRefused,
    Value,
    canonical,
    decode_base64,
    parse,
    refuse,
)

VERSION: Final = 1
BODY: Final = "body"  # the part that stands for the event's own body, always the first

# fmt: off
_REQUIRED: Final = frozenset({
    "v", "service", "event", "stream", "seq", "type", "version", "occurred_at", "recorded_at",
    "actor", "commitments",
})
_OPTIONAL: Final = frozenset({
    "prev", "case", "cause", "key", "purpose", "basis", "consent", "profile", "contract",
    "signatures",
})
# fmt: on
_SERVICE: Final = re.compile(r"[a-z][a-z0-9]{0,31}\Z")
_TOKEN: Final = re.compile(r"[!-~]{1,200}\Z")
_PROFILE: Final = re.compile(r"[A-Z]{2}@[1-9][0-9]{0,8}\Z")
_HEX: Final = re.compile(r"[0-9a-f]{64}\Z")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A salted commitment to one part of a private event: `body`, or a private document's name."""

    part: str
    hmac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an entry says, once its bytes were found canonical.

    `prev` is the leaf hash of the stream's entry before it, `None` at the first. `organisation`
    and `worker` are both `None` where a service acted by itself, and `automatic` names it then.
    """

    service: str
    event: UUID
    stream: UUID
    seq: int
    prev: bytes | None
    case: UUID | None
    type: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    organisation: UUID | None
    worker: UUID | None
    automatic: str | None
    cause: UUID | None
    key: str | None
    purpose: str | None
    basis: str | None
    consent: UUID | None
    profile: str | None
    contract: Mapping[str, Value] | None
    commitments: tuple[Commitment, ...]
    signatures: tuple[str, ...]


def make_entry(  # noqa: PLR0913 - one argument per field of the entry, all by name
    *,
    service: str,
    event: UUID,
    stream: UUID,
    seq: int,
    prev: bytes | None,
    type_: str,
    version: int,
    occurred_at: datetime,
    recorded_at: datetime,
    actor: Actor,
    commitments: Sequence[Commitment],
    case: UUID | None = None,
    cause: UUID | None = None,
    key: str | None = None,
    purpose: str | None = None,
    basis: str | None = None,
    consent: UUID | None = None,
    profile: str | None = None,
    contract: Mapping[str, Value] | None = None,
    signatures: Sequence[str] = (),
) -> bytes:
    """Give the canonical bytes of one entry.

    `prev` is the leaf hash (32 bytes) of the stream's entry before it. `type_` is the wire name
    of the told contract, or the stored name where nothing is told; `version` belongs to that
    name. `contract` is the told data as JSON values. `commitments` begin with the one over the
    event's body. `signatures` are compact JWS. Raises `EntryRefused` when a value breaks the
    rules that readers hold.
    """
    optional: dict[str, Value | None] = {
        "prev": None if prev is None else prev.hex(),
        "case": None if case is None else str(case),
        "cause": None if cause is None else str(cause),
        "key": key,
        "purpose": purpose,
        "basis": basis,
        "consent": None if consent is None else str(consent),
        "profile": profile,
        "contract": contract,
        "signatures": list(signatures) or None,
    }
    entry: dict[str, Value] = {
        "v": VERSION,
        "service": service,
        "event": str(event),
        "stream": str(stream),
        "seq": seq,
        "type": type_,
        "version": version,
        "occurred_at": _instant_text(occurred_at, "occurred_at"),
        "recorded_at": _instant_text(recorded_at, "recorded_at"),
        "actor": _actor_value(actor),
        "commitments": [{"part": each.part, "hmac": each.hmac} for each in commitments],
    }
    entry |= {name: value for name, value in optional.items() if value is not None}
    raw = canonical(entry)
    _entry_of(entry)
    return raw


def read_entry(raw: bytes) -> Entry:
    """Read an entry's bytes strictly.

    Raises `EntryRefused` when they are longer than 65,535, not canonical JSON, hold a field
    that version 1 does not know, lack one, or hold a value of another form.
    """
    value = parse(raw)
    if not isinstance(value, Mapping):
        refuse("entry", "has to be an object")
    return _entry_of(value)


def _instant_text(at: datetime, field: str) -> str:
    if at.tzinfo is None:
        refuse(field, "an instant without a time zone")
    # Written out by hand: `strftime` does not pad the years before 1000 everywhere.
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _actor_value(actor: Actor) -> dict[str, Value]:
    if isinstance(actor, Automatic):
        return {"service": actor.service}
    assert isinstance(actor, Worker)
    return {"org": str(actor.organisation), "worker": str(actor.worker)}


def _entry_of(value: Mapping[str, Value]) -> Entry:
    if missing := sorted(_REQUIRED - value.keys()):
        refuse(missing[0], "missing")
    if unknown := sorted(value.keys() - _REQUIRED - _OPTIONAL):
        refuse(unknown[0], "not a field of version 1")
    if value["v"] != VERSION:
        refuse("v", "only version 1 is known")
    seq = _count(value["seq"], "seq")
    prev = _prev(value.get("prev"), seq)
    organisation, worker, automatic = _actor(value["actor"])
    contract = value.get("contract")
    if contract is not None and not isinstance(contract, Mapping):
        refuse("contract", "has to be an object")
    return Entry(
        service=_match(_SERVICE, value["service"], "service"),
        event=_uuid(value["event"], "event"),
        stream=_uuid(value["stream"], "stream"),
        seq=seq,
        prev=prev,
        case=_optional_uuid(value, "case"),
        type=_match(_TOKEN, value["type"], "type"),
        version=_count(value["version"], "version"),
        occurred_at=_instant(value["occurred_at"], "occurred_at"),
        recorded_at=_instant(value["recorded_at"], "recorded_at"),
        organisation=organisation,
        worker=worker,
        automatic=automatic,
        cause=_optional_uuid(value, "cause"),
        key=_optional_token(value, "key"),
        purpose=_optional_token(value, "purpose"),
        basis=_optional_token(value, "basis"),
        consent=_optional_uuid(value, "consent"),
        profile=None if "profile" not in value else _match(_PROFILE, value["profile"], "profile"),
        contract=contract,
        commitments=_commitments(value["commitments"]),
        signatures=_signatures(value["signatures"]) if "signatures" in value else (),
    )


def _match(pattern: re.Pattern[str], value: Value, field: str) -> str:
    if not isinstance(value, str) or pattern.match(value) is None:
        refuse(field, "not of the form that version 1 demands")
    return str(value)


def _optional_token(value: Mapping[str, Value], field: str) -> str | None:
    return _match(_TOKEN, value[field], field) if field in value else None


def _count(value: Value, field: str) -> int:
    if not isinstance(value, int) or value < 1:
        refuse(field, "has to be an integer from 1 on")
    return value


def _uuid(value: Value, field: str) -> UUID:
    try:
        found = UUID(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or str(found) != value:
        refuse(field, "not a UUID in lower case with hyphens")
    return found


def _optional_uuid(value: Mapping[str, Value], field: str) -> UUID | None:
    return _uuid(value[field], field) if field in value else None


def _instant(value: Value, field: str) -> datetime:
    text = _match(_INSTANT, value, field)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise EntryRefused(f"{field}: no such instant") from error


def _prev(value: Value | None, seq: int) -> bytes | None:
    if (value is None) != (seq == 1):
        refuse("prev", "stands in every entry of a stream but the first")
    return None if value is None else bytes.fromhex(_match(_HEX, value, "prev"))


def _actor(value: Value) -> tuple[UUID | None, UUID | None, str | None]:
    if isinstance(value, Mapping) and value.keys() == {"service"}:
        return None, None, _match(_SERVICE, value["service"], "actor")
    if isinstance(value, Mapping) and value.keys() == {"org", "worker"}:
        return _uuid(value["org"], "actor"), _uuid(value["worker"], "actor"), None
    return refuse("actor", "names an organisation and its worker, or a service")


def _commitments(value: Value) -> tuple[Commitment, ...]:
    if not isinstance(value, list | tuple):
        refuse("commitments", "has to be a list")
    found: list[Commitment] = []
    for each in value:
        if not isinstance(each, Mapping) or each.keys() != {"part", "hmac"}:
            refuse("commitments", "each has a part and an hmac")
        text = each["hmac"]
        if not isinstance(text, str) or len(decode_base64(text, "commitments")) != SALT_BYTES:
            refuse("commitments", "an hmac has 32 bytes")
        found.append(Commitment(part=_match(_TOKEN, each["part"], "commitments"), hmac=text))
    if not found or found[0].part != BODY:
        refuse("commitments", "begin with the one over the body")
    if len({each.part for each in found}) != len(found):
        refuse("commitments", "two for one part")
    return tuple(found)


def _signatures(value: Value) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        refuse("signatures", "absent, or a list with at least one")
    for each in value:
        parts = each.split(".") if isinstance(each, str) else []
        if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature of a compact JWS
            refuse("signatures", "each is a compact JWS")
        for part in parts:
            plain = part.replace("-", "+").replace("_", "/")
            if "=" in part or "+" in part or "/" in part:
                refuse("signatures", "base64url has no padding and its own alphabet")
            decode_base64(plain + "=" * (-len(plain) % 4), "signatures")
    return tuple(str(each) for each in value)
