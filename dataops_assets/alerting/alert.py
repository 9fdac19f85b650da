"""An alert: what is wrong with an asset, in which partitions, since when, and whom it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

AlertSeverity = Literal["stop", "warn"]
SEVERITIES: tuple[AlertSeverity, ...] = ("stop", "warn")

EXTRACTION = "extraction"
"""The check of a raw asset whose source gave no answer, or one that was refused."""
CONTRACT = "contract"
"""The check of a table that was refused by none of the contract's own checks: by the share of bad rows, say."""
ERROR = "error"
"""In the place of a check: an error ended the write before there was a verdict."""


@dataclass(frozen=True)
class Alert:
    """What is wrong with one asset by one check; the partitions that have it are one alert.

    check: of the contract or a statistical one; "contract", where no single one of its checks stops it; "extraction";
        "error"; or the code of the cause by which something is held back without anything having failed.
    severity: "stop" where nothing was written and what is built on it is held back, "warn" where it was written.
    since: when the first of the partitions that still have it was refused, UTC.
    reason: what is said of the newest partition. value, threshold: the figure, of a statistical check; of a row check
        the rows that fail it, without a threshold.
    held: what is held back by it, by asset. mended: the partitions have passed since. instance: of Dagster, whose event
        log alone knows of it; empty where the ledger does, or where there is no other instance. statistical: what the
        check found can be accepted.
    """

    asset: str
    check: str
    severity: AlertSeverity
    partitions: tuple[str, ...]
    since: datetime
    reason: str
    value: float | None = None
    threshold: float | None = None
    owners: tuple[str, ...] = ()
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    run_id: str = ""
    mended: bool = False
    instance: str = ""
    statistical: bool = False

    @property
    def key(self) -> str:
        """What makes two alerts the same one."""
        return f"{self.asset} {self.check}"


@dataclass
class Gathering:
    """Alerts in the making: what is found in one partition is added to those of the others."""

    found: dict[str, Alert] = field(default_factory=dict)
    at: dict[tuple[str, str], str] = field(default_factory=dict)
    """By asset and partition, the key of the alert that stops it."""

    def add(self, alert: Alert) -> None:
        """Add an alert of one partition. The reason, figures and run that stand are those of the newest partition."""
        (partition,) = alert.partitions
        if alert.severity == "stop":
            self.at.setdefault((alert.asset, partition), alert.key)
        known = self.found.get(alert.key)
        if known is None:
            self.found[alert.key] = alert
            return
        newest = alert if partition >= max(known.partitions) else known
        self.found[alert.key] = replace(
            newest,
            partitions=tuple(sorted({*known.partitions, partition})),
            since=min(known.since, alert.since),
            held=known.held,
            instance=alert.instance or known.instance,
        )

    def hold(self, key: str, asset: str, partition: str) -> None:
        """Count what the alert of this key holds back."""
        alert = self.found[key]
        keys = {*alert.held.get(asset, ()), partition}
        self.found[key] = replace(alert, held={**alert.held, asset: tuple(sorted(keys))})
