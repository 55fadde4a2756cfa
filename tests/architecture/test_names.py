"""A refusal code or a stored name that was ever released is never lost and never used again."""

import pytest

from tools.keep_names import NAMES, kept


@pytest.mark.parametrize("file", sorted(NAMES))
def test_no_released_name_disappears_and_every_name_is_on_the_list(file: str) -> None:
    now = NAMES[file]()
    assert now, "there are names"
    lost = sorted(kept(file) - now)
    assert not lost, f"others may still read these: {', '.join(lost)}"
    new = sorted(now - kept(file))
    assert not new, "python -m tools.keep_names adds these:\n" + "\n".join(new)
