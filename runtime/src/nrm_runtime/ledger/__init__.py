"""What every service writes into the ledger: the bytes of an entry, and nothing impure."""

from nrm_runtime.ledger.entry import Commitment, Entry, make_entry, read_entry
from nrm_runtime.ledger.values import (
    ENTRY_BYTES_MAX,
    SALT_BYTES,
    EntryRefused,
    Value,
    canonical,
    commitment,
    leaf_hash,
)

__all__ = [
    "ENTRY_BYTES_MAX",
    "SALT_BYTES",
    "Commitment",
    "Entry",
    "EntryRefused",
    "Value",
    "canonical",
    "commitment",
    "leaf_hash",
    "make_entry",
    "read_entry",
]
