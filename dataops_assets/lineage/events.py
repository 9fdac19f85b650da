"""A step as an event of OpenLineage, in the classes of its official client. Imported only where events are sent."""

import uuid
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import attr
from openlineage.client import event_v2, set_producer
from openlineage.client import facet_v2 as facets

from dataops_assets.lineage.step import Assertion, Dataset, Field, Made, Step

_STEPS = uuid.UUID("6f1cf0a2-4d0e-5c8c-9a53-0d2f7f3d8d11")


@attr.define
class PartitionsRunFacet(facets.RunFacet):
    """A facet of our own, `dataops_partitions`: what became of each partition of a step."""

    partitions: list[dict[str, Any]] = attr.field(factory=list)


def event_of(step: Step, namespace: str, code_version: str) -> event_v2.RunEvent:
    """namespace: of jobs."""
    set_producer(f"urn:dataops-assets:{code_version}")
    start = step.state in ("START", "RUNNING")
    return event_v2.RunEvent(
        eventType=event_v2.RunState[step.state],
        eventTime=step.at.isoformat(),
        run=event_v2.Run(run_id_of(step.run_id, step.asset), _run_facets(step, namespace, code_version)),
        job=event_v2.Job(namespace, step.asset, _job_facets(step)),
        inputs=[event_v2.InputDataset(each.namespace, each.name) for each in step.reads],
        outputs=[_output(each, start) for each in step.makes],
        producer=f"urn:dataops-assets:{code_version}",
    )


def run_id_of(run: str, asset: str) -> str:
    """The id of a step's run: the same in each process that tells of it."""
    return str(uuid.uuid5(_STEPS, f"{run} {asset}"))


def _run_facets(step: Step, namespace: str, code_version: str) -> dict[str, facets.RunFacet]:
    found: dict[str, facets.RunFacet] = {
        "processing_engine": facets.processing_engine_run.ProcessingEngineRunFacet(
            version=version("dagster"), name="Dagster", openlineageAdapterVersion=code_version
        )
    }
    if step.job and (parent := _uuid(step.run_id)):
        found["parent"] = facets.parent_run.ParentRunFacet(
            run=facets.parent_run.Run(parent), job=facets.parent_run.Job(namespace, step.job)
        )
    if step.window:
        start, end = (moment.isoformat() for moment in step.window)
        found["nominalTime"] = facets.nominal_time_run.NominalTimeRunFacet(start, end)
    if step.partitions:
        found["dataops_partitions"] = PartitionsRunFacet(partitions=[dict(each) for each in step.partitions])
    if step.error:
        found["errorMessage"] = facets.error_message_run.ErrorMessageRunFacet(step.error, "PYTHON")
    return found


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:  # of a run outside of Dagster
        return ""


def _job_facets(step: Step) -> dict[str, facets.JobFacet]:
    found: dict[str, facets.JobFacet] = {
        "jobType": facets.job_type_job.JobTypeJobFacet(processingType="BATCH", integration="DAGSTER", jobType="ASSET")
    }
    if step.description:
        found["documentation"] = facets.documentation_job.DocumentationJobFacet(step.description)
    if step.owners:
        owners = [facets.ownership_job.Owner(owner) for owner in step.owners]
        found["ownership"] = facets.ownership_job.OwnershipJobFacet(owners)
    if step.sql:
        found["sql"] = facets.sql_job.SQLJobFacet(step.sql, dialect="bigquery")
    return found


def _output(made: Made, start: bool) -> event_v2.OutputDataset:
    found: dict[str, facets.DatasetFacet] = {}
    if made.fields:
        found["schema"] = facets.schema_dataset.SchemaDatasetFacet(
            [
                facets.schema_dataset.SchemaDatasetFacetFields(
                    each.name, each.type, each.description or None, ordinal_position=place
                )
                for place, each in enumerate(made.fields, 1)
            ]
        )
    if lineage := _column_lineage(made):
        found["columnLineage"] = lineage
    if tags := _tags(made.fields):
        found["tags"] = tags
    if made.version:
        found["version"] = facets.dataset_version_dataset.DatasetVersionDatasetFacet(made.version)
    if made.assertions:
        # The specification has it of inputs, for jobs that do nothing but check. What a step checks is what it writes.
        found["dataQualityAssertions"] = _assertions(made.assertions)  # type: ignore[assignment]
    statistics: dict[str, facets.OutputDatasetFacet] = {}
    if not start and made.rows is not None:
        statistics["outputStatistics"] = facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=made.rows, size=made.bytes
        )
    return event_v2.OutputDataset(*made.dataset, facets=found, outputFacets=statistics)


def _column_lineage(made: Made) -> facets.DatasetFacet | None:
    lineage = facets.column_lineage_dataset
    how = [lineage.Transformation("DIRECT", "IDENTITY")] if made.same else []

    def origin(dataset: Dataset, column: str) -> Any:
        return lineage.InputField(*dataset, field=column, transformations=list(how))

    fields = {
        each.name: lineage.Fields([origin(*found) for found in each.origins]) for each in made.fields if each.origins
    }
    return lineage.ColumnLineageDatasetFacet(fields) if fields else None


def _tags(fields: Sequence[Field]) -> facets.DatasetFacet | None:
    kind = facets.tags_dataset.TagsDatasetFacetFields
    found = [kind(tag, "true", source="USER", field=each.name) for each in fields for tag in each.tags]
    return facets.tags_dataset.TagsDatasetFacet(found) if found else None


def _assertions(assertions: Sequence[Assertion]) -> facets.InputDatasetFacet:
    kind = facets.data_quality_assertions_dataset
    return kind.DataQualityAssertionsDatasetFacet(
        [
            kind.Assertion(
                assertion=each.check.rpartition(".")[2] if each.column else each.check,
                name=each.check,
                success=each.passed,
                column=each.column,
                severity="error" if each.stops else "warn",
                description=each.description or None,
                expected="0",
                actual=str(each.failed),
                params={"failed_partitions": list(each.partitions)} if each.partitions else {},
            )
            for each in assertions
        ]
    )
