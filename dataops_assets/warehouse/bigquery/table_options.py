"""Datasets and tables as the settings and the contracts say: where a dataset is, its key, what a table is called."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from dataops_assets.dialects.base import TableOptions
from dataops_assets.warehouse.bigquery.errors import JobFailed
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.errors import SwapConflict, WarehouseError

if TYPE_CHECKING:
    from google.cloud import bigquery

_DAY_MS = 24 * 3600 * 1000


class DatasetDiffers(WarehouseError):
    """A dataset that is there is not as the settings say it is to be."""


def check_dataset(dataset: "bigquery.Dataset", location: str, kms_key: str) -> None:
    """Raise DatasetDiffers where a dataset lies elsewhere, or would leave new tables without the key."""
    name = f"{dataset.project}.{dataset.dataset_id}"
    if (dataset.location or location).upper() != location.upper():
        raise DatasetDiffers(
            f"dataset {name} is in {dataset.location}, DATAOPS_LOCATION is {location}: jobs of one place do not see "
            f"tables of another. Set DATAOPS_LOCATION={dataset.location}, or name another dataset"
        )
    existing = dataset.default_encryption_configuration
    if kms_key and (existing is None or existing.kms_key_name != kms_key):
        raise DatasetDiffers(
            f"dataset {name} encrypts new tables with {existing.kms_key_name if existing else 'a key of Google'}, "
            f"DATAOPS_KMS_KEY is {kms_key}; run: bq update --default_kms_key {kms_key} {name.replace('.', ':', 1)}"
        )


def set_options(jobs: Jobs, name: str, options: TableOptions, labels: Mapping[str, str]) -> None:
    """Let a table be described, labelled and kept as its options say; nothing is sent where it is so already.

    Labels of others stay. Raises SwapConflict if somebody changed the table between the question and the answer.
    """
    from google.cloud import bigquery

    table = jobs.ask(f"table {name}", partial(jobs.client.get_table, name))
    if table is None:
        raise SwapConflict(f"{name} was there, and is not any more")
    changed = []
    if (table.description or "") != options.description:
        table.description = options.description
        changed.append("description")
    if not labels.items() <= table.labels.items():
        table.labels = {**table.labels, **labels}
        changed.append("labels")
    described = [_described(field.to_api_repr(), options.descriptions) for field in table.schema]
    if described != [field.to_api_repr() for field in table.schema]:
        table.schema = [bigquery.SchemaField.from_api_repr(field) for field in described]
        changed.append("schema")
    if table.time_partitioning:
        # Asked of the table itself: what the older place, inside the partitioning, says is no longer set.
        if bool(table.require_partition_filter) != options.require_filter:
            table.require_partition_filter = options.require_filter
            changed.append("require_partition_filter")
        keep = options.keep_days * _DAY_MS if options.keep_days else None
        if table.time_partitioning.expiration_ms != keep:
            partitioning = table.time_partitioning
            partitioning.expiration_ms = keep
            table.time_partitioning = partitioning
            changed.append("time_partitioning")
    if not changed:
        return
    try:
        jobs.ask(f"change of {', '.join(changed)} of table {name}", partial(jobs.client.update_table, table, changed))
    except JobFailed as error:
        # Of another's change, or of ours whose answer was lost; which of them the next look says.
        if error.reason in ("conditionNotMet", "preconditionFailed"):
            raise SwapConflict(f"{name}: somebody else changed its {', '.join(changed)} at the same time") from error
        raise


def _described(field: dict, descriptions: Mapping[str, str]) -> dict:
    name = field["name"]
    return {**field, "description": descriptions[name]} if descriptions.get(name) else field
