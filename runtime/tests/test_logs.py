"""Nothing that is not on the list reaches the log, whoever writes the line."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import faststream.kafka  # noqa: F401 - it makes a logger of its own, which must not pass by ours
import pytest
import structlog

from nrm_runtime import logs

CANARY = "Maria of Invented Street"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Logging as a process configures it, into a text of ours; put back afterwards."""
    text, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stdout", text)
    logs.configure("toy", "worker")
    yield text
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    structlog.reset_defaults()


def lines(text: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.getvalue().splitlines()]


def test_a_listed_key_is_kept_and_another_is_dropped(written: io.StringIO) -> None:
    structlog.get_logger().info("hears.set_aside", topic="nrm.toy", full_name=CANARY)
    (line,) = lines(written)
    assert line["topic"] == "nrm.toy"
    assert line["service"] == "toy"
    assert line["role"] == "worker"
    assert line["full_name"] == "[dropped]"
    assert CANARY not in written.getvalue()


def test_a_sentence_is_no_event(written: io.StringIO) -> None:
    structlog.get_logger().info(f"{CANARY} has arrived")
    assert lines(written)[0]["event"] == "[dropped]"
    assert CANARY not in written.getvalue()


@pytest.mark.parametrize("key", ["error", "code", "kind", "state"])
def test_a_key_for_a_code_holds_no_sentence(written: io.StringIO, key: str) -> None:
    structlog.get_logger().info("toy.done", **{key: CANARY})
    assert lines(written)[0][key] == "[dropped]"


def test_of_an_exception_only_kind_and_place_are_told(written: io.StringIO) -> None:
    try:
        int(CANARY)
    except ValueError:
        structlog.get_logger().exception("toy.failed")
        logging.getLogger("aiokafka.consumer").exception("failed for %s", CANARY)
    ours, theirs = lines(written)
    for line in (ours, theirs):
        assert line["error_type"] == "ValueError"
        assert line["where"].startswith("test_logs.py:")
    assert theirs["event"] == "library.aiokafka.consumer"
    assert CANARY not in written.getvalue()


def test_of_a_librarys_line_neither_text_nor_arguments_are_told(written: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.engine").warning("INSERT %s", CANARY, extra={"person": CANARY})
    assert lines(written)[0]["event"] == "library.sqlalchemy.engine"
    assert CANARY not in written.getvalue()


def test_a_library_that_repeats_itself_is_heard_a_few_times_and_then_counted(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        logging.getLogger("aiokafka").error("Unable connect to node")
        logging.getLogger("faststream").error("Kafka error occurred")
    assert len(lines(written)) == 2 * logs.LIBRARY_LINES_MAX
    monkeypatch.setattr(logs, "LIBRARY_WINDOW_S", -1.0)
    logging.getLogger("aiokafka").error("Unable connect to node")
    assert lines(written)[-1]["suppressed"] == 50 - logs.LIBRARY_LINES_MAX


def test_a_long_text_is_dropped_and_numbers_are_kept(written: io.StringIO) -> None:
    structlog.get_logger().info("toy.done", reason="x" * 1000, count=3, seconds=0.5)
    (line,) = lines(written)
    assert line["reason"] == "[dropped]"
    assert (line["count"], line["seconds"]) == (3, 0.5)
