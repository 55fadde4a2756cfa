"""What a signer agrees to sign: its last checkpoint again, or one that provably continues it."""

from collections.abc import Sequence

from nrm_ledger.domain.checkpoint import Checkpoint
from nrm_ledger.domain.proof import ProofRefused, check_consistency


class SigningRefused(Exception):
    """A checkpoint that the signer will not sign; `code` never changes."""

    def __init__(self, code: str) -> None:
        """Keep the kebab-case code."""
        super().__init__(code)
        self.code = code


def agree(last: Checkpoint | None, asked: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raise `SigningRefused` unless `asked` may be signed after `last`.

    `empty`: no checkpoint of size 0. `smaller`: the log was cut, or an old copy of it restored.
    `forked`: another root for the same size. `inconsistent`: the proof does not show that the
    log only grew.
    """
    if asked.size < 1:
        raise SigningRefused("empty")
    if last is None:
        return
    if asked.size < last.size:
        raise SigningRefused("smaller")
    if asked.size == last.size:
        if asked.root != last.root:
            raise SigningRefused("forked")
        return
    try:
        check_consistency(last.size, asked.size, last.root, asked.root, proof)
    except ProofRefused as error:
        raise SigningRefused("inconsistent") from error
