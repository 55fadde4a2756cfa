"""Forms read from a document: what is asked, what is typed, what goes back to the API."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm_pages.doors import Reply
from nrm_pages.forms.answers import ABSENT, answer, missing, put
from nrm_pages.forms.fields import Field, Kind, Unshown, read_field
from nrm_pages.forms.operations import Document, read_document
from nrm_pages.forms.pages import Shape, pages_of
from nrm_pages.forms.posted import read
from nrm_pages.forms.prefill import texts_of
from nrm_pages.forms.refusals import faults_of

BUCHAREST: Final = ZoneInfo("Europe/Bucharest")
SCHEMAS: Final[dict[str, Any]] = {
    "Colour": {"type": "string", "enum": ["red", "green"]},
    "Note": {
        "type": "object",
        "properties": {
            "words": {"type": "string", "minLength": 1, "maxLength": 2000},
            "language": {
                "anyOf": [{"type": "string", "pattern": "^[a-z]{2,3}$"}, {"type": "null"}]
            },
        },
        "required": ["words"],
    },
    "Line": {
        "type": "object",
        "properties": {
            "colour": {"$ref": "#/components/schemas/Colour"},
            "number": {"type": "integer", "minimum": 1, "maximum": 4},
        },
        "required": ["colour", "number"],
    },
    "In": {
        "type": "object",
        "properties": {
            "colour": {"$ref": "#/components/schemas/Colour"},
            "sure": {"type": "boolean"},
            "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "born": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "lines": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Line"},
                "maxItems": 3,
            },
            "private": {"anyOf": [{"$ref": "#/components/schemas/Note"}, {"type": "null"}]},
        },
        "required": ["colour", "sure"],
    },
}  # fmt: skip


def document() -> Document:
    parameter = {"name": "case", "in": "path", "schema": {"type": "string"}}
    tag = {"name": "If-Match", "in": "header"}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}}
    return read_document(
        {
            "paths": {
                "/cases/{case}": {"get": {"operationId": "show", "parameters": [parameter]}},
                "/cases/{case}/paint": {
                    "post": {
                        "operationId": "paint",
                        "parameters": [parameter, tag],
                        "requestBody": body,
                    }
                },
            },
            "components": {"schemas": SCHEMAS},
        }
    )


@pytest.fixture(name="body")
def body_of_the_form() -> Field:
    body = document().operations["paint"].body
    assert body is not None
    return body


def field(body: Field, name: str) -> Field:
    return next(one for one in body.leaves() if one.name == name)


def test_every_kind_of_answer_has_its_kind_of_question(body: Field) -> None:
    assert {one.name: one.kind for one in body.leaves()} == {
        "colour": Kind.CHOICE,
        "sure": Kind.YES_NO,
        "at": Kind.INSTANT,
        "born": Kind.DATE,
        "lines": Kind.ROWS,
        "private.words": Kind.WORDS,
        "private.language": Kind.LANGUAGE,
    }


def test_what_no_question_can_ask_is_refused_when_the_document_is_read() -> None:
    with pytest.raises(Unshown):
        read_field({"type": "number"}, {})


def test_an_operation_is_guarded_by_the_thing_that_it_acts_on() -> None:
    found = document()
    shown = found.shown_at(found.operations["paint"])
    assert shown is not None
    assert shown.name == "show"
    assert found.operations["paint"].address({"case": "c", "more": "x"}) == "/cases/c/paint"


def test_a_page_asks_one_thing_unless_it_is_told_otherwise(body: Field) -> None:
    shape = Shape(pages=(("colour", "sure"),), left_out=frozenset({"born"}))
    asked = [[one.name for one in page.fields] for page in pages_of(body, shape)]
    assert asked == [["colour", "sure"], ["at"], ["lines"], ["private.words"], ["private.language"]]


def test_a_shape_that_names_no_field_of_the_form_is_a_fault(body: Field) -> None:
    with pytest.raises(KeyError):
        pages_of(body, Shape(pages=(("colours",),)))


@pytest.mark.parametrize(
    ("name", "typed", "rule"),
    [
        ("colour", {"colour": ["blue"]}, "unknown-choice"),
        ("at", {"at.day": ["3"], "at.month": ["2"], "at.year": ["2031"]}, "not-an-instant"),
        ("born", {"born.day": ["30"], "born.month": ["2"], "born.year": ["1990"]}, "not-a-date"),
        ("private.language", {"private.language": ["Romanian"]}, "not-a-language"),
        ("private.words", {"private.words": ["x" * 2001]}, "too-long"),
    ],
)
def test_an_answer_that_breaks_a_rule_is_told_by_field_and_rule_only(
    body: Field, name: str, typed: dict[str, list[str]], rule: str
) -> None:
    value, faults = read(field(body, name), typed, BUCHAREST)
    assert value is ABSENT
    assert [(one.name, one.rule) for one in faults] == [(name, rule)]


def test_an_hour_that_the_clock_leaves_out_is_refused(body: Field) -> None:
    typed = {"at.day": ["28"], "at.month": ["3"], "at.year": ["2027"], "at.time": ["03:30"]}
    _, faults = read(field(body, "at"), typed, BUCHAREST)
    assert [one.rule for one in faults] == ["no-such-time"]


def test_an_instant_is_typed_in_the_zone_of_the_office_and_sent_in_utc(body: Field) -> None:
    typed = {"at.day": ["3"], "at.month": ["2"], "at.year": ["2031"], "at.time": ["9.05"]}
    assert read(field(body, "at"), typed, BUCHAREST) == ("2031-02-03T07:05:00Z", [])


def test_a_line_of_a_table_is_whole_or_it_is_named(body: Field) -> None:
    typed = {
        "lines.0.colour": ["red"], "lines.0.number": ["2"],
        "lines.1.colour": [""], "lines.1.number": [""],
        "lines.2.colour": ["green"], "lines.2.number": ["9"],
        "lines.3.colour": ["green"],
    }  # fmt: skip
    rows, faults = read(field(body, "lines"), typed, BUCHAREST)
    assert rows[0] == {"colour": "red", "number": 2}
    assert [(one.name, one.rule) for one in faults] == [
        ("lines.2.number", "too-large"),
        ("lines.2.number", "missing-number"),
        ("lines.3.number", "missing-number"),
    ]


def test_a_group_that_was_begun_must_be_answered_whole(body: Field) -> None:
    answers: dict[str, Any] = {"colour": "red", "sure": False}
    assert list(missing(answers, body)) == []
    put(answers, field(body, "private.language"), "ro")
    assert [one.name for one in missing(answers, body)] == ["private.words"]
    put(answers, field(body, "private.language"), ABSENT)
    assert answers == {"colour": "red", "sure": False}


def test_what_the_api_refuses_comes_back_to_its_question() -> None:
    errors = [
        {"pointer": "/body/private/words", "code": "missing"},
        {"pointer": "/body/lines/1/number", "code": "less_than"},
        {"pointer": "/query/elsewhere", "code": "missing"},
    ]
    reply = Reply(status=422, body={"code": "validation", "errors": errors})
    found = faults_of(reply, document().operations["paint"])
    assert [(one.name, one.rule) for one in found] == [
        ("private.words", "missing-words"),
        ("lines", "refused"),
    ]


LINES: Final = st.lists(
    st.fixed_dictionaries(
        {"colour": st.sampled_from(["red", "green"]), "number": st.integers(1, 4)}
    ),
    min_size=1,
    max_size=3,
)


@given(
    st.sampled_from(["red", "green"]),
    st.booleans().map(lambda one: [one]),
    st.dates().map(lambda one: one.isoformat()),
    LINES,
    st.text("abcțș \"'<&>", min_size=1).map(str.strip).filter(bool),
)
def test_an_answer_that_is_shown_again_and_sent_again_is_the_same(
    colour: str, sure: list[bool], born: str, lines: list[dict[str, Any]], words: str
) -> None:
    body = document().operations["paint"].body
    assert body is not None
    kept = {
        "colour": colour, "sure": sure[0], "born": born, "lines": lines,
        "private": {"words": " ".join(words.split())},
    }  # fmt: skip
    again: dict[str, Any] = {}
    for one in body.leaves():
        typed = texts_of(one, answer(kept, one), BUCHAREST)
        value, faults = read(one, typed, BUCHAREST)
        assert faults == []
        put(again, one, value)
    assert again == kept
