"""How a machine says no: with a code that never changes and a sentence for people."""


class Refused(Exception):
    """A command that should not have been sent; becomes a 409 problem with `code`.

    An ordinary exception class on purpose: Python sets `__traceback__` on exceptions that
    cross a context manager, and a frozen dataclass would fail there with another error.
    """

    def __init__(self, code: str, why: str) -> None:
        """Keep the kebab-case `code`, stable for ever, and `why`, free of personal data."""
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


class TooEarly(Exception):
    """A policy's command misses a fact of another stream that is still on its way."""

    def __init__(self, why: str) -> None:
        """Keep `why`: which fact is missing, free of personal data."""
        super().__init__(why)
        self.why = why
