"""Traces behind an allow-list of attributes; what is not on it leaves the process with no span.

Raw spans carry paths, keys, SQL and the texts of exceptions. Baggage is off.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

ALLOWED: Final = frozenset(
    {
        "db.operation",
        "db.system",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "messaging.destination.name",
        "messaging.system",
        "nrm.type",
    }
)
QUEUE_MAX: Final = 2048  # spans; a collector that is away costs spans, never work
LAST_SPANS_S: Final = 3.0  # nor does it keep a process from ending in time
TRACES: Final = "v1/traces"

_NAME: Final = re.compile(r"[A-Za-z0-9_./{}: -]{1,120}\Z")
_TRACE: Final = TraceContextTextMapPropagator()


class Scrub(SpanExporter):
    """Exports spans without anything that is not on the list."""

    def __init__(self, inner: SpanExporter) -> None:
        """Hand what is left to `inner`."""
        self.inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export names, times, links and allowed attributes; no events, no texts of errors."""
        return self.inner.export([_scrubbed(span) for span in spans])

    def shutdown(self) -> None:
        """End the inner exporter."""
        self.inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the inner exporter."""
        return self.inner.force_flush(timeout_millis)


def configure(service: str, role: str, otlp: str | None) -> TracerProvider | None:
    """Send traces to the collector at `otlp` (OTLP over HTTP); without one, make none."""
    propagate.set_global_textmap(_TRACE)
    if not otlp:
        return None
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"nrm-{service}-{role}"}),
        shutdown_on_exit=False,  # `end` does it, within a limit
    )
    exporter = OTLPSpanExporter(endpoint=f"{otlp.rstrip('/')}/{TRACES}")
    provider.add_span_processor(BatchSpanProcessor(Scrub(exporter), max_queue_size=QUEUE_MAX))
    trace.set_tracer_provider(provider)
    AsyncPGInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]
    return provider


def end(provider: TracerProvider | None) -> None:
    """Send the last spans, for at most `LAST_SPANS_S`: the library would try for half a minute."""
    if provider is not None:
        last = Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(LAST_SPANS_S)


@contextmanager
def hearing(type_: str, topic: str, traceparent: str | None) -> Iterator[None]:
    """Go on with the teller's trace while a message has its effect."""
    context = _TRACE.extract({"traceparent": traceparent} if traceparent else {})
    with trace.get_tracer("nrm").start_as_current_span(
        f"hear {type_}",
        context=context,
        kind=SpanKind.CONSUMER,
        attributes={
            "messaging.system": "kafka",
            "messaging.destination.name": topic,
            "nrm.type": type_,
        },
        record_exception=False,
        set_status_on_exception=False,
    ):
        yield


def _scrubbed(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name if _NAME.match(span.name) else "[dropped]",
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        kind=span.kind,
        events=(),
        links=span.links,
        attributes={
            name: value for name, value in (span.attributes or {}).items() if name in ALLOWED
        },
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
