"""Logs as JSON lines behind an allow-list: what is not on it cannot reach the log.

An event is a name with a dot, never a sentence, because a sentence could hold a name. Lines of
libraries keep their logger and level only, and come a few times in a while at most.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog
from opentelemetry import trace

# fmt: off
ALLOWED: Final = frozenset({
    "event", "level", "timestamp", "logger", "service", "role", "pid", "trace_id",
    "address", "attempt", "before", "bytes", "case", "check", "client", "code", "consumer",
    "count", "error", "error_type", "exit_code", "group", "hash", "key_id", "kind", "message",
    "method", "name", "number", "office", "offset", "operation", "organisation", "part",
    "partition", "port", "reason", "repeated", "root", "route", "seconds", "seq", "size", "state",
    "status", "stream", "suppressed", "topic", "type", "version", "where", "worker",
})
# fmt: on
DROPPED: Final = "[dropped]"
TEXT_MAX: Final = 300
LIBRARY_LINES_MAX: Final = 3  # per logger and level
LIBRARY_WINDOW_S: Final = 30.0

_EVENT: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+\Z")
_CODE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,99}\Z")
_CODES: Final = frozenset(
    {"error", "error_type", "code", "kind", "state", "name", "check", "where"}
)


def configure(service: str, role: str) -> None:
    """Send this process's lines to standard output; call once, first thing in `main`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with(service=service, role=role),
        with_trace,
    ]
    structlog.configure(
        processors=[
            *shared,
            only_type_of_error,
            only_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RateLimit())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[without_text, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                only_allowed,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in tuple(logging.root.manager.loggerDict):  # FastStream's would write past the list
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # it prints path and query


def only_allowed(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop the value of every key that is not on the list, and every event that is a sentence."""
    kept = {key: _value(key, value) if key in ALLOWED else DROPPED for key, value in entry.items()}
    if not _EVENT.match(str(entry.get("event"))):
        kept["event"] = DROPPED
    return kept


def only_type_of_error(
    _: object, __: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep of an exception its type and where it was raised; never its text."""
    error = entry.pop("exc_info", None)
    if error:
        found = error if isinstance(error, BaseException) else sys.exc_info()[1]
        if found is not None:
            entry.update(_shape(found))
    return entry


def without_text(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of a library's line keep the logger's name and the type of its error."""
    record: logging.LogRecord = entry["_record"]
    name = re.sub(r"[^a-z0-9_.]", "_", record.name.lower()) or "root"
    entry["event"] = f"library.{name}"
    entry.pop("exc_info", None)
    if record.exc_info and record.exc_info[1] is not None:
        entry.update(_shape(record.exc_info[1]))
    suppressed = getattr(record, "suppressed", 0)
    if suppressed:
        entry["suppressed"] = suppressed
    return entry


def with_trace(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the trace that a line belongs to."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        entry["trace_id"] = f"{context.trace_id:032x}"
    return entry


class RateLimit(logging.Filter):
    """Lets a few lines of each library's logger through in a while, and counts the rest.

    aiokafka writes 20 to 35 error lines a second while the broker is away.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        super().__init__()
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether this line is one of the few; it then tells how many were not."""
        now, key = time.monotonic(), (record.name, record.levelno)
        since, count = self._seen.get(key, (now, 0))
        if now - since > LIBRARY_WINDOW_S:
            record.suppressed = max(0, count - LIBRARY_LINES_MAX)
            since, count = now, 0
        self._seen[key] = (since, count + 1)
        return count < LIBRARY_LINES_MAX


def _with(**values: str) -> Any:  # noqa: ANN401 - a processor
    def add(_: object, __: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
        entry.update(values)
        return entry

    return add


def _shape(error: BaseException) -> dict[str, str]:
    frames = traceback.extract_tb(error.__traceback__)
    shape = {"error_type": type(error).__name__}
    if frames:
        shape["where"] = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}"
    return shape


def _value(key: str, value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = str(value)
    if len(text) > TEXT_MAX or (key in _CODES and not _CODE.match(text)):
        return DROPPED
    return text
