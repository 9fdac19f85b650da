"""Logs as JSON, an object a line, for programs that collect them (DATAOPS_LOG_FORMAT=json).

Written by structlog, which Dagster brings and uses for its own processes (`--log-format json`). `severity`, `message`
and `time` are the names by which Cloud Logging knows them, too. What belongs to a run says which: `run`, `trace`,
`asset`, `partition`.
"""

import logging
import sys
import uuid
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

FORMATS = ("text", "json")

_PROJECT = "dataops_assets"
_current: dict[str, str] = {}
"""What the step that this process is in is about. Not of a thread: a step has several, a process one step at a time."""


def trace_of(run_id: str) -> str:
    """The trace of a run, in W3C form (https://www.w3.org/TR/trace-context/#trace-id): its id, without hyphens."""
    try:
        return uuid.UUID(run_id).hex
    except ValueError:  # of a test, which gives a run another name
        return ""


def fields_of(run_id: str, asset: str = "", partitions: Sequence[str | None] = ()) -> dict[str, str]:
    """What a log says of a run; of several partitions the first and the last, as a command takes them."""
    keys = [key for key in partitions if key is not None]
    named = {"run": run_id, "trace": trace_of(run_id), "asset": asset}
    if keys:
        named["partition"] = keys[0] if len(keys) == 1 else f"{keys[0]}..{keys[-1]}"
    return {name: value for name, value in named.items() if value}


@contextmanager
def about(fields: Mapping[str, str]) -> Iterator[None]:
    """Let all that is logged in the block say these, whatever library and thread it comes from."""
    global _current
    before, _current = _current, dict(fields)
    try:
        yield
    finally:
        _current = before


def json_formatter() -> logging.Formatter:
    """Formats a record as one line of JSON; what it was given as `extra` is in it."""
    import structlog

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.stdlib.ExtraAdder(),
            structlog.processors.format_exc_info,
        ],
        processors=[_with_fields, structlog.processors.JSONRenderer(default=str, ensure_ascii=False)],
    )


def json_handler() -> logging.Handler:
    """Writes to the standard error."""
    handler = _StandardError()
    handler.setFormatter(json_formatter())
    return handler


def configure() -> None:
    """Log what this project, its libraries, warnings and the error that ends the process have to say as JSON.

    Loggers that somebody has given handlers, such as those of Dagster's processes, keep them. Again changes nothing.
    """
    if is_configured():
        return
    own = logging.getLogger(_PROJECT)
    handler = json_handler()
    own.addHandler(handler)
    own.setLevel(logging.INFO)
    own.propagate = False
    others = json_handler()
    others.setLevel(logging.WARNING)
    for each in logging.lastResort.filters if logging.lastResort else ():
        others.addFilter(each)
    logging.lastResort = others  # type: ignore[assignment]  # of what has no handler anywhere
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(others)  # which would be given one that says nothing
    sys.excepthook = _say_last


def is_configured() -> bool:
    """Is JSON what this process logs?"""
    return any(isinstance(handler, _StandardError) for handler in logging.getLogger(_PROJECT).handlers)


def say_error(words: str) -> None:
    """Say on the standard error, in the form of all that is logged, why a command has failed."""
    if is_configured():
        logging.getLogger(f"{_PROJECT}.cli").error("%s", words)
    else:
        print(words, file=sys.stderr)  # noqa: T201


class _StandardError(logging.StreamHandler):
    """To what the standard error is at that moment: Dagster puts a pipe in its place while a step runs."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None: ...


def _say_last(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    logging.getLogger(_PROJECT).critical("%s", error, exc_info=(kind, error, where))


def _with_fields(_logger: object, _name: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The line: what it is about first, then what else the record has."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog", None)
    line = {
        "time": event.pop("time"),
        "severity": record.levelname,
        "message": str(event.pop("event")),
        "logger": event.pop("logger", record.name),
        **_current,
    }
    if error := event.pop("exception", None):
        line["exception"] = error
    return line | {name: value for name, value in event.items() if not name.startswith("_")}
