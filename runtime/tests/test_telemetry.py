"""No span leaves the process with an attribute, an event or a text that is not on the list."""

import socket
import subprocess
import sys
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from nrm_runtime import telemetry

CANARY = "Maria of Invented Street"


class Kept(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


def provider(kept: Kept) -> TracerProvider:
    made = TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(telemetry.Scrub(kept)))
    return made


def test_attributes_events_and_texts_are_scrubbed() -> None:
    kept = Kept()
    with provider(kept).get_tracer("t").start_as_current_span("GET /cases/{case}") as span:
        span.set_attribute("http.route", "/cases/{case}")
        span.set_attribute("url.query", CANARY)
        span.set_attribute("db.statement", f"SELECT '{CANARY}'")
        span.set_attribute("messaging.kafka.message.key", CANARY)
        span.record_exception(ValueError(CANARY))
        span.set_status(Status(StatusCode.ERROR, CANARY))
    (left,) = kept.spans
    assert left.attributes == {"http.route": "/cases/{case}"}
    assert left.events == ()
    assert left.status.status_code is StatusCode.ERROR
    assert left.status.description is None
    assert CANARY not in left.to_json()


def test_a_name_that_is_no_name_is_dropped() -> None:
    kept = Kept()
    with provider(kept).get_tracer("t").start_as_current_span("SELECT 'Ană'"):
        pass
    assert kept.spans[0].name == "[dropped]"


def test_hearing_goes_on_with_the_trace_of_the_teller() -> None:
    kept = Kept()
    tracer = provider(kept)
    teller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with tracer.get_tracer("t").start_as_current_span("outer"):
        pass
    carried: dict[str, str] = {}
    with telemetry.hearing("nrm.toy.kettle-filled", "nrm.toy", teller):
        TraceContextTextMapPropagator().inject(carried)
        inside = trace.get_current_span().get_span_context().trace_id
    assert f"{inside:032x}" == teller.split("-")[1]
    assert carried["traceparent"].split("-")[1] == teller.split("-")[1]


def test_without_a_collector_no_trace_is_made() -> None:
    assert telemetry.configure("toy", "web", None) is None


def test_a_collector_that_does_not_answer_keeps_no_process_from_ending() -> None:
    ending = """
import sys
from opentelemetry import trace
from nrm_runtime import telemetry
provider = telemetry.configure("toy", "worker", sys.argv[1])
with trace.get_tracer("t").start_as_current_span("the last one"):
    pass
telemetry.end(provider)
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ended = subprocess.run([sys.executable, "-c", ending, address], timeout=10, check=False)  # noqa: S603
    assert ended.returncode == 0
