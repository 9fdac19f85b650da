"""All metrics, by name: what each is, and which labels it has. Docs, rules and dashboard use these and no others."""

from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

Samples = GaugeMetricFamily | CounterMetricFamily

PARTS = ("ledger", "dagster", "alerts")
"""Each is asked by itself: what one cannot say does not keep back the others."""


@dataclass(frozen=True)
class Family:
    """One metric. Names of counters end in `_total`; times are seconds since 1970, UTC, as Prometheus has them."""

    help: str
    labels: tuple[str, ...] = ("asset",)
    kind: Literal["gauge", "counter"] = "gauge"


FAMILIES = {
    # of the ledger
    "dataops_partitions": Family(
        "Partitions by state: loaded; missing (over, and nothing stands there); failed, held (the newest write).",
        ("asset", "state"),
    ),
    "dataops_rows": Family("Rows that stand in the table."),
    "dataops_quarantined_rows": Family("Rows in quarantine that nobody has corrected or given up."),
    "dataops_writes_total": Family("Writes by verdict: passed, failed, held.", ("asset", "verdict"), "counter"),
    "dataops_last_write_timestamp_seconds": Family("When the newest write came to a verdict."),
    "dataops_newest_partition_end_timestamp_seconds": Family("End of the newest partition that is loaded."),
    "dataops_next_partition_end_timestamp_seconds": Family(
        "End, by the calendar, of the partition after the newest one that is loaded."
    ),
    "dataops_next_partition_due_timestamp_seconds": Family(
        "When the next partition has to be there, of tables with the check Freshness."
    ),
    # of Dagster's instance
    "dataops_runs": Family(
        "Runs on record: queued, running, succeeded, failed (by a step), crashed (in no step), canceled.", ("status",)
    ),
    "dataops_last_run_end_timestamp_seconds": Family("When the newest run that ended so did.", ("status",)),
    "dataops_daemon_heartbeat_timestamp_seconds": Family("The newest heartbeat of each of the daemons.", ("daemon",)),
    "dataops_rows_changed_total": Family(
        "Rows inserted, updated and deleted by writes.", ("asset", "change"), "counter"
    ),
    "dataops_extracted_bytes_total": Family("Bytes that extractions have stored.", kind="counter"),
    "dataops_step_seconds_total": Family("Seconds that writes took.", kind="counter"),
    "dataops_step_cpu_seconds_total": Family("Processor seconds of this machine that writes took.", kind="counter"),
    "dataops_step_peak_memory_bytes": Family("The most memory of the process that made the newest write."),
    "dataops_bigquery_bytes_billed_total": Family("Bytes that BigQuery has billed for writes.", kind="counter"),
    "dataops_bigquery_slot_seconds_total": Family("Slot seconds of BigQuery that writes took.", kind="counter"),
    # of alerts, as `dataops alerts` has them
    "dataops_alerting_partitions": Family(
        "Partitions for which a check alerts: stop, or warn.", ("asset", "check", "severity")
    ),
    "dataops_waiting_alert_messages": Family("Messages of alerts that are not delivered yet.", ()),
    # of the collection itself
    "dataops_collected": Family("1 if the part could be asked, else 0, and its metrics are missing.", ("part",)),
    "dataops_collection_seconds": Family("How long it took to ask the part.", ("part",)),
    "dataops_build_info": Family("What runs here; always 1.", ("version", "code_version", "profile")),
}


class Found:
    """The metrics that a part has found, each of FAMILIES by its name."""

    def __init__(self) -> None:
        self._families: dict[str, Samples] = {}

    def add(self, name: str, value: float, *labels: str) -> None:
        """Note a value, with the labels in the order of FAMILIES."""
        if name not in self._families:
            declared = FAMILIES[name]
            kind = CounterMetricFamily if declared.kind == "counter" else GaugeMetricFamily
            self._families[name] = kind(name, declared.help, labels=declared.labels)
        self._families[name].add_metric(labels, value)

    @property
    def families(self) -> list[Samples]:
        return list(self._families.values())
