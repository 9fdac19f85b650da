"""The graph of the project's own datasets, as a text that a change of it has to change.

When a change is meant:

    UPDATE_GRAPH=1 python -m pytest dataops_assets_tests/automation/test_graph.py

writes `graph.txt` anew; its difference is part of the review.
"""

import difflib
import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets.build import Project
from dataops_assets.discovery import discover
from dataops_assets.settings import Settings

GRAPH = Path(__file__).with_name("graph.txt")


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return Project(Settings(home=tmp_path_factory.mktemp("home")), discover()).definitions()


def named(keys) -> str:
    return ", ".join(sorted(key.to_user_string() for key in keys))


def text_of(definitions: dg.Definitions) -> Iterator[str]:
    """Assets with what they read and their checks, then jobs, schedules and sensors."""
    repository = definitions.get_repository_def()
    graph = repository.asset_graph
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        yield f"asset {key.to_user_string()}"
        yield f"  group {node.group_name}"
        yield f"  owners {', '.join(sorted(node.owners)) or 'none'}"
        yield f"  kinds {', '.join(sorted(node.kinds))}"
        yield f"  partitions {_calendar(node.partitions_def)}"
        yield f"  backfill {node.backfill_policy or 'none'}"
        for parent in sorted(node.parent_keys):
            mapping = node.partition_mappings.get(parent)
            yield f"  reads {parent.to_user_string()}{f' {_mapping(mapping)}' if mapping else ''}"
        for check in sorted(node.check_keys):
            blocking = graph.get(check).blocking
            yield f"  check {check.name}{' (blocking)' if blocking else ''}"
        yield ""
    for job in sorted(repository.get_all_jobs(), key=lambda job: job.name):
        if not job.name.startswith("__"):
            yield f"job {job.name}"
            yield f"  partitions {_calendar(job.partitions_def)}"
            for key in sorted(job.asset_layer.executable_asset_keys):
                yield f"  asset {key.to_user_string()}"
            yield ""
    for schedule in sorted(repository.schedule_defs, key=lambda schedule: schedule.name):
        when = f"{schedule.cron_schedule} {schedule.execution_timezone}"
        yield f"schedule {schedule.name}: {schedule.job_name} at {when}, {schedule.default_status.value}"
    for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name):
        job = sensor.job_name if sensor.has_jobs else "no job"
        yield f"sensor {sensor.name}: {job}, {sensor.default_status.value}"


def _calendar(partitions: dg.PartitionsDefinition | None) -> str:
    if not isinstance(partitions, dg.TimeWindowPartitionsDefinition):
        return "none" if partitions is None else type(partitions).__name__
    end = f" to {partitions.end:%Y-%m-%d %H:%M}" if partitions.end else ""
    zone = partitions.timezone
    return f"{partitions.cron_schedule}, {partitions.fmt}, from {partitions.start:%Y-%m-%d %H:%M}{end} {zone}"


def _mapping(mapping: dg.PartitionMapping) -> str:
    if isinstance(mapping, dg.TimeWindowPartitionMapping):
        return f"[{mapping.start_offset}, {mapping.end_offset}]"
    return type(mapping).__name__


def test_definitions_can_be_loaded(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_the_graph_is_the_one_on_record(definitions: dg.Definitions) -> None:
    now = "\n".join(text_of(definitions)) + "\n"
    if os.environ.get("UPDATE_GRAPH"):
        GRAPH.write_text(now)
    then = GRAPH.read_text()
    changes = "\n".join(difflib.unified_diff(then.splitlines(), now.splitlines(), "graph.txt", "now", lineterm="", n=8))
    assert then == now, f"the graph has changed; if that is meant, see the top of {Path(__file__).name}\n\n{changes}"
