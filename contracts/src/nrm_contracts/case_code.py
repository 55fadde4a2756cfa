"""The case code that people see: ten random Crockford base32 characters and a check character.

Random, so that it says nothing about when or where; the check character (Crockford, modulo 37)
finds every single wrong character and every swap of two neighbours. Codes whose check would be one
of Crockford's five signs are passed over: a code has letters and digits only, fit for a telephone.
"""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECKS: Final = 37
LENGTH: Final = 10
RANDOM_BYTES: Final = 7
_LOOK_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class WrongCode(Exception):
    """A text that is no case code: mistyped or cut off."""


def case_code(random: bytes) -> str:
    """Make a code of `RANDOM_BYTES` random bytes."""
    number = int.from_bytes(random[:RANDOM_BYTES])
    while (number := number % len(ALPHABET) ** LENGTH) % CHECKS >= len(ALPHABET):
        number += 1
    body = "".join(
        ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)]
        for place in reversed(range(LENGTH))
    )
    return body + ALPHABET[number % CHECKS]


def read_code(text: str) -> str:
    """Give a code in its one form; forgives case, hyphens and look-alikes.

    Raises `WrongCode` where length, characters or check do not fit.
    """
    code = text.upper().translate(_LOOK_ALIKE)
    body, check = code[:LENGTH], code[LENGTH:]
    if len(code) != LENGTH + 1 or any(one not in ALPHABET for one in body):
        raise WrongCode
    number = 0
    for one in body:
        number = number * len(ALPHABET) + ALPHABET.index(one)
    if number % CHECKS >= len(ALPHABET) or ALPHABET[number % CHECKS] != check:
        raise WrongCode
    return code


__all__ = ["RANDOM_BYTES", "WrongCode", "case_code", "read_code"]
