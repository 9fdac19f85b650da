"""`dataops accept` and `dataops confirm`: what a statistical check found is how it is, or is a defect."""

import getpass
import uuid
from argparse import Namespace
from datetime import date

from dataops_assets.build import Project, load_project
from dataops_assets.commands.layout import say, say_command
from dataops_assets.commands.selection import partition_of, table_named
from dataops_assets.commands.shared import Unusable
from dataops_assets.ledger.entry import command
from dataops_assets.ledger.ruling import Ruled, RulingRefused, Wanted, rule
from dataops_assets.model.partitions import Partition
from dataops_assets.validation.rulings import RulingKind, until_day
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_WORDS = {"accept": "accepted", "confirm": "a defect, confirmed", "withdraw": "no longer accepted or confirmed"}


def accept(options: Namespace) -> int:
    """Returns 0."""
    try:
        until = until_day(options.until) if options.until else None
    except ValueError as error:
        raise Unusable(f"--{error}") from error
    return ruled(options, "accept", until)


def ruled(options: Namespace, kind: RulingKind, until: date | None = None) -> int:
    """Record what was typed, and say what it changes. Returns 0; raises Unusable."""
    loaded = load_project()
    table = table_named(loaded.catalog, options.table)
    partition = partition_of(table, options.partition)
    if not options.reason.strip():
        raise Unusable("--reason: say why; it is kept for good")
    kind = "withdraw" if options.withdraw else kind
    by, reason = options.by or getpass.getuser(), options.reason.strip()
    wanted = Wanted(kind, options.check or "", options.column or "", by, reason, until)
    try:
        found = rule(loaded.storage.warehouse, table, partition, wanted, f"{options.command}-{uuid.uuid4().hex[:8]}")
    except RulingRefused as error:
        raise Unusable(str(error)) from error
    key = partition.key if partition else ""
    for each in found.rulings:
        about = " ".join(filter(None, [each.check, f"of {each.column}" if each.column else ""]))
        until_words = f" until {each.until}" if each.until else ""
        say(f"{table.label(key)}: {f'{about}: ' if about else ''}{_WORDS[kind]}{until_words}")
    follows = table.asset in loaded.catalog.following
    if follows and found.now:
        _tell(loaded, options.command, table, partition, found)
    if found.unwritten:
        say(f"it is not written yet; write it{', or leave it to the sensor follow' if follows else ''}:")
        say_command(command(table.asset, key).removeprefix("run: "))
    return 0


def _tell(
    loaded: Project, command: str, table: StagedTable | DerivedTable, partition: Partition | None, found: Ruled
) -> None:
    """Tell Dagster, by whose events a table that follows is written."""
    from dataops_assets.automation.following import tell
    from dataops_assets.automation.rulings import evaluations_of
    from dataops_assets.runs.runner import open_instance

    with open_instance(loaded.settings) as instance:
        tell(instance, command, evaluations_of(table, partition, found))
