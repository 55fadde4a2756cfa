"""Case codes: random, sayable on the phone, and proof against a slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm_contracts.case_code import ALPHABET, RANDOM_BYTES, WrongCode, case_code, read_code

CODES = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES).map(case_code)


@given(CODES)
def test_a_code_has_eleven_letters_and_digits_and_is_read_back(code: str) -> None:
    assert len(code) == 11
    assert set(code) <= set(ALPHABET)
    assert read_code(code) == code
    assert read_code(f"{code[:5]}-{code[5:]}".lower()) == code


@given(CODES, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_every_single_slip_is_found(code: str, place: int, other: str) -> None:
    if other != code[place]:
        with pytest.raises(WrongCode):
            read_code(code[:place] + other + code[place + 1 :])


@given(CODES, st.integers(0, 8))
def test_every_swap_of_two_neighbours_is_found(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        with pytest.raises(WrongCode):
            read_code(swapped)


@pytest.mark.parametrize("text", ["", "ABC", "U" * 11, "0123456789*", "0" * 40])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(WrongCode):
        read_code(text)
