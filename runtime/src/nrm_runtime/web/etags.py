"""Entity tags: an opaque hash of the last event that touched a resource."""

import hashlib
from typing import Final, NewType
from uuid import UUID

from nrm_runtime.web.problems import Problem

ETag = NewType("ETag", str)
LENGTH: Final = 16  # hexadecimal digits
TAGS_MAX: Final = 8  # in one If-Match


def etag(event: UUID) -> ETag:
    """Give the quoted tag of a resource whose row was last touched by `event`."""
    return ETag(f'"{hashlib.sha256(event.bytes).hexdigest()[:LENGTH]}"')


def match(asked: str | None, current: ETag) -> None:
    """Compare If-Match with the tag of what stands now (strong comparison).

    Raises `Problem`: 428 where the header is missing or names no state (`*`), 412 with the
    current tag where it is stale.
    """
    if asked is None or asked.strip() in {"", "*"}:
        raise Problem(428, "if-match-required", "Say with If-Match which state you have seen.")
    if current not in {one.strip() for one in asked.split(",")[:TAGS_MAX]}:
        why = "The resource has changed since you saw it."
        raise Problem(412, "stale", why, headers={"ETag": current})
