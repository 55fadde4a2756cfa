"""Whatever bytes the broker gives, they are read; what cannot be understood is left out."""

from dataclasses import dataclass, field
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from nrm_runtime.broker.hears import bundled
from nrm_runtime.broker.letter import read_letter


@dataclass
class Record:
    topic: str = "p.nrm.toy"
    partition: int = 1
    offset: int = 7
    key: bytes | None = None
    value: bytes | None = None
    headers: list[tuple[str, bytes | None]] = field(default_factory=list)


NAMES = st.sampled_from(["ce_id", "ce_type", "stream", "told", "stored_at", "traceparent", "x"])


@given(
    st.binary() | st.none(),
    st.binary() | st.none(),
    st.lists(st.tuples(NAMES, st.binary() | st.none())),
)
def test_no_record_makes_the_reading_fail(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    letter = read_letter(Record(key=key, value=value, headers=headers), "p.")
    assert letter.topic == "nrm.toy"
    assert letter.body == (value or b"")


def test_a_whole_record_is_placed() -> None:
    case, stream, message = uuid4(), uuid4(), uuid4()
    letter = read_letter(
        Record(
            key=str(case).encode(),
            value=b"{}",
            headers=[
                ("ce_id", str(message).encode()),
                ("ce_type", b"nrm.toy.kettle-filled"),
                ("stream", str(stream).encode()),
                ("told", b"12"),
                ("stored_at", b"2031-03-03T09:00:00.000000+00:00"),
            ],
        )
    )
    assert letter.placed
    assert (letter.case, letter.stream, letter.told) == (case, stream, 12)
    assert letter.message == message
    assert letter.stored_at is not None


@given(st.sampled_from(["", "0", "-1", "+1", "1.0", "¹", "٣", "2147483648", "9" * 5000]))
def test_a_count_that_is_none_is_not_guessed(text: str) -> None:
    assert read_letter(Record(headers=[("told", text.encode())])).told is None


def test_a_record_without_an_id_is_known_by_its_place_and_body() -> None:
    first, again = read_letter(Record(value=b"a")), read_letter(Record(value=b"a"))
    assert first.message == again.message
    assert not first.placed
    assert first.message != read_letter(Record(value=b"b")).message
    assert first.message != read_letter(Record(value=b"a", offset=8)).message


@given(st.lists(st.integers(0, 5)), st.integers(1, 6))
def test_a_case_is_in_one_bundle_and_in_order(keys: list[int], bundles_max: int) -> None:
    cases = [str(uuid4()).encode() for _ in range(6)]
    letters = [
        read_letter(Record(key=cases[key], offset=offset)) for offset, key in enumerate(keys)
    ]
    bundles = bundled(letters, bundles_max)
    assert len(bundles) <= bundles_max
    assert sorted(each.offset for bundle in bundles for each in bundle) == list(range(len(keys)))
    homes: dict[object, int] = {}
    for number, bundle in enumerate(bundles):
        last: dict[object, int] = {}
        for each in bundle:
            assert homes.setdefault(each.case, number) == number
            assert last.get(each.case, -1) < each.offset
            last[each.case] = each.offset
