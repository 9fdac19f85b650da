"""The words of a dataset file: what the data is, and nothing of how it is stored or run."""

from dataops_assets.model.contract import Contract, Rule, column
from dataops_assets.model.partitions import Daily, Hourly, Monthly, Partition, TimePartitions, Window
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import (
    Categories,
    Completeness,
    Correlation,
    Distinct,
    Drift,
    Freshness,
    Mean,
    NullShare,
    Parity,
    References,
    Scale,
    Volume,
)
from dataops_assets.model.tables import DatasetError, Derived, Source, derived
from dataops_assets.model.types import Boolean, Bytes, Date, Float, Integer, Numeric, Text, Timestamp

__all__ = [
    "Boolean",
    "Bytes",
    "Categories",
    "Completeness",
    "Contract",
    "Correlation",
    "Daily",
    "DatasetError",
    "Date",
    "Derived",
    "Distinct",
    "Drift",
    "Float",
    "Freshness",
    "Hourly",
    "Integer",
    "Mean",
    "Monthly",
    "NullShare",
    "Numeric",
    "Parity",
    "Partition",
    "References",
    "Rule",
    "Scale",
    "Severity",
    "Source",
    "Text",
    "TimePartitions",
    "Timestamp",
    "Volume",
    "Window",
    "column",
    "derived",
]
