"""An alert: what is wrong with an asset, in which partitions, since when, and whom it concerns."""

import re
from collections.abc import Mapping, Sequence
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


_OTHERS = 2
_NUMBERS = re.compile(r"\d+")


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
        check found can be accepted. others: what is said of other partitions, where that is something else: of each the
        newest, after its key.
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
    others: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What makes two alerts the same one."""
        return f"{self.asset} {self.check}"


class Gathering:
    """Alerts in the making: what is found in one partition is added to those of the others.

    at: by asset and partition, the key of the alert that stops it.
    """

    def __init__(self) -> None:
        self.at: dict[tuple[str, str], str] = {}
        self._parts: dict[str, dict[str, Alert]] = {}
        self._held: dict[str, dict[str, set[str]]] = {}

    def add(self, alert: Alert) -> None:
        """Add an alert of one partition."""
        (partition,) = alert.partitions
        if alert.severity == "stop":
            self.at.setdefault((alert.asset, partition), alert.key)
        parts = self._parts.setdefault(alert.key, {})
        if known := parts.get(partition):
            alert = replace(alert, since=min(known.since, alert.since))
        parts[partition] = alert

    def hold(self, key: str, asset: str, partition: str) -> None:
        """Count what the alert of this key holds back."""
        self._held.setdefault(key, {}).setdefault(asset, set()).add(partition)

    def has(self, key: str, partition: str) -> bool:
        """Is there such an alert of this partition?"""
        return partition in self._parts.get(key, ())

    def alerts(self, owners: Mapping[str, tuple[str, ...]]) -> dict[str, Alert]:
        """What was gathered, by key: reason, figures and run are those of the newest partition, the severity is the
        gravest. owners: by asset.
        """
        return {
            key: _whole(
                [parts[partition] for partition in sorted(parts)],
                {asset: tuple(sorted(keys)) for asset, keys in self._held.get(key, {}).items()},
                owners,
            )
            for key, parts in self._parts.items()
        }


def _whole(parts: Sequence[Alert], held: Mapping[str, tuple[str, ...]], owners: Mapping[str, tuple[str, ...]]) -> Alert:
    *_, newest = parts
    said = {_shape(part.reason): f"{part.partitions[0]}: {part.reason}" for part in parts}  # the newest of each
    said.pop(_shape(newest.reason))
    return replace(
        newest,
        severity="stop" if any(part.severity == "stop" for part in parts) else "warn",
        partitions=tuple(part.partitions[0] for part in parts),
        since=min(part.since for part in parts),
        held=held,
        owners=owners.get(newest.asset, ()),
        instance=max(part.instance for part in parts),
        others=tuple(sorted(said.values(), reverse=True)[:_OTHERS]),
    )


def _shape(reason: str) -> str:
    """Two partitions have the same reason if nothing but figures differ."""
    return _NUMBERS.sub("#", reason)
