"""What a derived table is called in production."""

from dataops_assets.warehouse.tables import DerivedTable


def published(table: DerivedTable) -> str:
    """The asset of a derived table in production."""
    return f"production/{table.derived.name}"


def published_label(table: DerivedTable, key: str) -> str:
    """The asset and a partition of it, for messages."""
    return f"{published(table)} {key}".strip()
