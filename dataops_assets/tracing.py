"""Traces by OpenTelemetry, from a source's request to the publication, where OTEL_EXPORTER_OTLP_ENDPOINT says where to.

Spans are sent over HTTP by the official SDK (the extra `tracing`); its own variables (OTEL_*) set all else. The trace
of a run is its id, as logs have it, so that all processes of a run and both of these meet in it. A span that fails says
by which kind of error: the words, which may have anything in them, are in log and ledger.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_SERVICE = "dataops_assets"
_SECONDS = 2
"""How long a step waits at its end for a collector that does not answer, unless OTEL_EXPORTER_OTLP_TIMEOUT says it."""

_log = logging.getLogger(__name__)
_tracer: Any = None
_provider: Any = None
_trace = ""
_step: Any = None
"""The context of the step that this process is in: threads of its own begin with none. A process has one at a time."""


def configure(version: str) -> None:
    """Trace what this process does, if the environment says where to. version: of the code. Again changes nothing."""
    global _tracer, _provider
    wanted = [os.environ.get(f"OTEL_EXPORTER_OTLP_{name}ENDPOINT") for name in ("", "TRACES_")]
    if _tracer is not None or not any(wanted) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
    except ImportError:
        _log.warning("OTEL_EXPORTER_OTLP_ENDPOINT is set, and nothing is traced: pip install 'dataops_assets[tracing]'")
        return

    class Ids(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            return int(_trace, 16) if _trace else super().generate_trace_id()

    attributes = {"service.version": version}
    if not os.environ.get("OTEL_SERVICE_NAME"):
        attributes["service.name"] = _SERVICE
    own = any(os.environ.get(f"OTEL_EXPORTER_OTLP_{name}TIMEOUT") for name in ("", "TRACES_"))
    _provider = TracerProvider(resource=Resource.create(attributes), id_generator=Ids())
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=None if own else _SECONDS)))
    _tracer = _provider.get_tracer(_SERVICE, version)


@contextmanager
def step(fields: Mapping[str, str]) -> Iterator[None]:
    """The span of a step, with what logs say of it; those that any thread begins in the block belong to it.

    At its end all is sent: a process of a run may end without another occasion.
    """
    global _trace, _step
    if _tracer is None:
        yield
        return
    from opentelemetry.trace import set_span_in_context

    _trace = fields.get("trace", "")
    try:
        with span(fields.get("asset", "step"), {f"dataops.{name}": value for name, value in fields.items()}) as begun:
            _step = set_span_in_context(begun)
            yield
    finally:
        _trace, _step = "", None
        _provider.force_flush()


@contextmanager
def span(name: str, attributes: Mapping[str, str | int | None], request: bool = False) -> Iterator[Any]:
    """A span, within the one that is there. request: of another service. Gives it; None where nothing is traced."""
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span

    inherited = None if get_current_span().get_span_context().is_valid else _step
    with _tracer.start_as_current_span(
        name,
        context=inherited,
        kind=SpanKind.CLIENT if request else SpanKind.INTERNAL,
        attributes={key: value for key, value in attributes.items() if value is not None},
        record_exception=False,
        set_status_on_exception=False,
    ) as begun:
        try:
            yield begun
        except BaseException as error:
            begun.set_attribute("error.type", type(error).__name__)
            begun.set_status(Status(StatusCode.ERROR))
            raise
