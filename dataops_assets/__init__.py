"""From a source to a production table, with proof: a Dagster code location for the DataOps lifecycle."""

__version__ = "0.1.0"
