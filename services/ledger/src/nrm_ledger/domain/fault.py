"""What is wrong with a log: one kind per way of tampering, said in plain words with its place."""

from enum import StrEnum


class FaultKind(StrEnum):
    """The kinds of fault, for programs; the words are for people."""

    OTHER_KEY = "other-key"
    SIGNATURE = "signature"
    MISSING_FILE = "missing-file"
    EXTRA_FILE = "extra-file"
    FILE_FORM = "file-form"
    MISSING_ENTRY = "missing-entry"
    EXTRA_ENTRY = "extra-entry"
    ENTRY_CHANGED = "entry-changed"
    ENTRY_FORM = "entry-form"
    SEQUENCE = "sequence"
    CHAIN = "chain"
    TILE = "tile"
    ROOT = "root"
    PROOF = "proof"
    TRUNCATED = "truncated"
    FORKED = "forked"


class FaultFound(Exception):
    """The first fault of a log: its kind, the file, and where it applies the entry's index."""

    def __init__(self, kind: FaultKind, file: str, why: str, index: int | None = None) -> None:
        """Keep the parts; the text joins them."""
        place = file if index is None else f"{file}, entry {index}"
        super().__init__(f"{place}: {why}")
        self.kind = kind
        self.file = file
        self.why = why
        self.index = index
