"""Instants for tests: invented, in UTC, counted from one beginning."""

from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)


def after(*, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    """Give an instant so long after the beginning."""
    return BEGINNING + timedelta(days=days, hours=hours, minutes=minutes)
