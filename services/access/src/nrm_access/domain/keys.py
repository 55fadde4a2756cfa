"""What may change about an organisation's machine keys; several are good at once, to rotate."""

from nrm_access.domain import commands as ask
from nrm_access.domain import events as fact
from nrm_access.domain.guards import Managed, either_administrator
from nrm_access.domain.values import KEYS_MAX
from nrm_runtime.core import Refused


def register_key(state: Managed, command: ask.RegisterKey) -> tuple[fact.AccessEvent, ...]:
    """Register one more key; the national administrator only for one who is locked out."""
    by = either_administrator(state, command)
    foreign = by.organisation != state.of.organisation
    if foreign and state.of.has_good_key(command.at):
        raise Refused("not-locked-out", "The organisation registers its own keys.")
    if command.key.key in state.of.keys:
        raise Refused("key-known", "A key is registered once.")
    if len(state.of.keys) >= KEYS_MAX:
        raise Refused("too-many-keys", "An organisation cannot have more keys.")
    return (fact.KeyRegistered(at=command.at, organisation=command.organisation, key=command.key),)


def revoke_key(state: Managed, command: ask.RevokeKey) -> tuple[fact.AccessEvent, ...]:
    """Revoke a key; an organisation does not lock itself out, a national administrator may."""
    by = either_administrator(state, command)
    found = state.of.keys.get(command.key)
    if found is None:
        raise Refused("key-unknown", "The organisation has no such key.")
    if found.revoked:
        return ()
    own = by.organisation == state.of.organisation
    if own and not state.of.has_good_key(command.at, beside=command.key):
        raise Refused("last-key", "Register the next key first, or nobody can sign in.")
    return (fact.KeyRevoked(at=command.at, organisation=command.organisation, key=command.key),)
