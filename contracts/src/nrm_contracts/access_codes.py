"""Codes about organisations, their workers and their keys."""

from enum import StrEnum


class DeclineOfVetting(StrEnum):
    """Why a national administrator did not take an organisation in."""

    UNKNOWN_HERE = "unknown_here"
    NOT_ENTITLED = "not_entitled"
    INCOMPLETE = "incomplete"
    TWICE = "twice"


class SuspensionReason(StrEnum):
    """Why an organisation or a worker may not act for now."""

    ON_REQUEST = "on_request"
    LEFT = "left"
    TERMS_BROKEN = "terms_broken"
    SAFETY = "safety"
    KEY_LOST = "key_lost"


__all__ = ["DeclineOfVetting", "SuspensionReason"]
