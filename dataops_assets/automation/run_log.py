"""What a run logs as JSON: its beginning and its end, each step, each partition written or held back, each check that
fails.
"""

import logging
from math import isfinite
from typing import Any

import dagster as dg

from dataops_assets.logs import fields_of, json_handler

_Kind = dg.DagsterEventType
_SAID = {
    _Kind.RUN_START: logging.INFO,
    _Kind.RUN_SUCCESS: logging.INFO,
    _Kind.RUN_FAILURE: logging.ERROR,
    _Kind.RUN_CANCELED: logging.ERROR,
    _Kind.STEP_START: logging.INFO,
    _Kind.STEP_SUCCESS: logging.INFO,
    _Kind.STEP_FAILURE: logging.ERROR,
    _Kind.STEP_UP_FOR_RETRY: logging.WARNING,
    _Kind.ASSET_MATERIALIZATION: logging.INFO,
    _Kind.ASSET_OBSERVATION: logging.WARNING,
    _Kind.ASSET_CHECK_EVALUATION: logging.ERROR,
}
"""The events that are said, and their severity; all others are in Dagster's event log, for those who look there."""

_RANGE = "dagster/asset_partition_range"
_PARTITIONS = ("dagster/partition", f"{_RANGE}_start", f"{_RANGE}_end")


class _RunLog(logging.Handler):
    """Hands events on as records of their own, which say what they are about."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._to = json_handler()

    def emit(self, record: logging.LogRecord) -> None:
        """As handlers have it: what cannot be logged fails no run, and is told on the standard error."""
        try:
            self._emit(record)
        except Exception:
            self.handleError(record)

    def _emit(self, record: logging.LogRecord) -> None:
        event: dg.DagsterEvent | None = getattr(record, "dagster_event", None)
        meta: dict[str, Any] = getattr(record, "dagster_meta", {})
        level = _severity(event) if event else record.levelno
        if level < logging.INFO:
            return
        message = meta.get("orig_message") or record.getMessage()
        if error := _error(event):
            message = f"{message}\n{error}"
        said = logging.LogRecord("dataops_assets.run", level, record.pathname, record.lineno, message, None, None)
        said.__dict__.update(_about(event, meta))
        self._to.handle(said)


def _run_log(_context: object) -> logging.Logger:
    logger = logging.Logger("dataops_assets.run", logging.DEBUG)
    logger.addHandler(_RunLog())
    return logger


json_run_log = dg.LoggerDefinition(_run_log, description="An object a line, on the standard error.")
"""The log of runs on the console, as JSON."""


def _about(event: dg.DagsterEvent | None, meta: dict[str, Any]) -> dict[str, Any]:
    """Run, trace, asset and partition, and of an event what it is and its figures."""
    tags, step = meta.get("job_tags") or {}, meta.get("step_key") or ""
    asset = step.replace("__", "/")
    partitions = list(dict.fromkeys(tags[name] for name in _PARTITIONS if name in tags))
    about: dict[str, Any] = {}
    key = own = None
    if event:
        about["event_type"] = event.event_type.name
        if event.event_type == _Kind.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            key, own = check.asset_key, check.partition
            about |= {"check": check.check_name, "passed": check.passed}
        elif event.event_type in (_Kind.ASSET_MATERIALIZATION, _Kind.ASSET_OBSERVATION):
            key, own = event.asset_key, event.partition
        if event.event_type == _Kind.ASSET_MATERIALIZATION:
            about["figures"] = _figures(event.step_materialization_data.materialization)
        elif event.event_type == _Kind.STEP_SUCCESS:
            about["seconds"] = round(event.step_success_data.duration_ms / 1000, 3)
    if key:
        asset = key.to_user_string()
    return fields_of(meta.get("run_id") or "", asset, [own] if own else partitions) | about


def _figures(materialization: dg.AssetMaterialization) -> dict[str, Any]:
    """The numbers of its metadata, without those that JSON does not know."""
    kinds = (dg.IntMetadataValue, dg.FloatMetadataValue, dg.BoolMetadataValue)
    found = {name: value.value for name, value in materialization.metadata.items() if isinstance(value, kinds)}
    return {name.removeprefix("dagster/"): value for name, value in found.items() if isfinite(value or 0)}


def _severity(event: dg.DagsterEvent) -> int:
    """0 of what is not said: a check that passed is one of dozens in each partition."""
    if event.event_type != _Kind.ASSET_CHECK_EVALUATION:
        return _SAID.get(event.event_type, 0)
    check = event.asset_check_evaluation_data
    return 0 if check.passed else logging.WARNING if check.severity == dg.AssetCheckSeverity.WARN else logging.ERROR


def _error(event: dg.DagsterEvent | None) -> str:
    """What a step or a run failed with, with the traceback; of a run that a step has failed, the step has said it."""
    if event is None or event.event_type not in (_Kind.STEP_FAILURE, _Kind.RUN_FAILURE, _Kind.STEP_UP_FOR_RETRY):
        return ""
    if getattr(getattr(event.event_specific_data, "failure_reason", None), "value", "") == "STEP_FAILURE":
        return ""
    error = getattr(event.event_specific_data, "error", None)
    return error.to_string() if error else ""
