"""What made a partition, against what would make it now."""

from collections.abc import Sequence

from dataops_assets.ledger.difference import changed_parts
from dataops_assets.ledger.entry import Entry
from dataops_assets.ledger.severities import do_otherwise
from dataops_assets.staleness.finding import Reason
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


def may_pass(table: StagedTable | DerivedTable, entry: Entry) -> bool:
    """Of a refused one: did somebody accept what it was refused for, or does a check no longer do what it did?"""
    return bool(entry.cause and entry.cause.code == "accepted") or bool(do_otherwise(table, entry))


def own_reasons(table: StagedTable | DerivedTable, entry: Entry) -> tuple[Reason, ...]:
    """What of the table itself is otherwise now than when the entry was made: contract, code, severities."""
    if not entry.made_by:
        return (Reason("unknown", table.asset),)
    was = entry.made_by.get(table.asset, ())
    if list(was) != [table.made_by]:
        return differences(table.asset, was, [table.made_by])
    return (Reason("severity", table.asset),) if do_otherwise(table, entry) else ()


def differences(asset: str, was: Sequence[str], would: Sequence[str]) -> tuple[Reason, ...]:
    """Which parts of what made something differ: contract, code, calendar."""
    if not was:
        return (Reason("unknown", asset),)
    found = tuple(Reason(part, asset) for part in changed_parts(was, would))
    return found or (Reason("input", asset),)
