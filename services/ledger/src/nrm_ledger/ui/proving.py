"""Verifies in the page what the log says, in steps that people can follow; the first fault ends it.

The proof that counts is made elsewhere, by a stranger's tools and a key from somewhere else. This
page runs the same code that they may run, and says so.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from nrm_ledger.domain.bundle import VerifiedCase, verify_case
from nrm_ledger.domain.checkpoint import NoteRefused, open_checkpoint
from nrm_ledger.domain.fault import FaultFound, FaultKind
from nrm_ledger.domain.keys import KeyRefused, VerifierKey, verifier_key
from nrm_ledger.domain.proof import ProofRefused, check_consistency, check_inclusion

STEPS: Final = ("signature", "inclusion", "chain", "gaps")
_STEP_OF: Final = {
    FaultKind.OTHER_KEY: "signature",
    FaultKind.SIGNATURE: "signature",
    FaultKind.PROOF: "inclusion",
    FaultKind.ENTRY_FORM: "chain",
    FaultKind.EXTRA_ENTRY: "chain",
    FaultKind.CHAIN: "chain",
    FaultKind.SEQUENCE: "gaps",
}
HOLDS: Final = "holds"
FAULT: Final = "fault"
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it: each step with how it ended, the size, and the first fault if any."""

    steps: Sequence[tuple[str, str]]
    verified: VerifiedCase | None = None
    fault: FaultFound | None = None


def key_of(text: str) -> VerifierKey | None:
    """Read a key that somebody pinned; none where it is no key."""
    try:
        return verifier_key(text.strip())
    except KeyRefused:
        return None


def judge(content: bytes, pinned: VerifierKey) -> Verdict:
    """Verify the file of a case."""
    try:
        verified = verify_case(content, pinned)
    except FaultFound as fault:
        broken = _STEP_OF.get(fault.kind, "signature")
        first = broken == "signature"
        steps = [
            (step, FAULT if step == broken else OPEN if first or step != "signature" else HOLDS)
            for step in STEPS
        ]
        return Verdict(steps, fault=fault)
    return Verdict([(step, HOLDS) for step in STEPS], verified=verified)


def included(receipt: dict[str, Any]) -> bool:
    """Say whether a receipt leads to its signed checkpoint."""
    try:
        checkpoint = open_checkpoint(
            receipt["checkpoint"].encode(), verifier_key(str(receipt["vkey"]))
        )
        check_inclusion(
            _bytes(receipt["leaf"]),
            receipt["index"],
            checkpoint.size,
            [_bytes(each) for each in receipt["proof"]],
            checkpoint.root,
        )
    except (NoteRefused, KeyRefused, ProofRefused):
        return False
    return bool(checkpoint.size == receipt["size"])


def continues(vkey: str, old: str, new: str, proof: Sequence[str]) -> bool:
    """Say whether both notes are signed and the tree of the new one continues that of the old."""
    try:
        key = verifier_key(vkey)
        before, after = open_checkpoint(old.encode(), key), open_checkpoint(new.encode(), key)
        steps = [_bytes(each) for each in proof]
        check_consistency(before.size, after.size, before.root, after.root, steps)
    except (NoteRefused, KeyRefused, ProofRefused):
        return False
    return True


def signed(vkey: str, note: str) -> bool:
    """Say whether a note bears the signature of the key."""
    try:
        open_checkpoint(note.encode(), verifier_key(vkey))
    except (NoteRefused, KeyRefused):
        return False
    return True


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
