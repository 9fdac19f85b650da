"""`dataops accept` and `dataops confirm`: what a statistical check found is how it is, or is a defect."""

import getpass
import uuid
from argparse import Namespace
from datetime import date

from dataops_assets.build import load_project
from dataops_assets.commands.layout import say, say_command
from dataops_assets.commands.selection import table_named
from dataops_assets.commands.shared import Unusable
from dataops_assets.ledger.entry import command
from dataops_assets.ledger.ruling import RulingRefused, Wanted, rule
from dataops_assets.model.partitions import Partition
from dataops_assets.validation.rulings import RulingKind, today
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_WORDS = {"accept": "accepted", "confirm": "a defect, confirmed", "withdraw": "no longer accepted or confirmed"}


def accept(options: Namespace) -> int:
    """Returns 0."""
    return ruled(options, "accept", _until(options.until))


def ruled(options: Namespace, kind: RulingKind, until: date | None = None) -> int:
    """Record what was typed, and say what it changes. Returns 0; raises Unusable."""
    loaded = load_project()
    table = table_named(loaded.catalog, options.table)
    partition = _partition(table, options.partition)
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
    if found.unwritten:
        say("it is not written yet; write it:")
        say_command(command(table.asset, key).removeprefix("run: "))
    return 0


def _partition(table: StagedTable | DerivedTable, key: str | None) -> Partition | None:
    if table.calendar is None:
        if key:
            raise Unusable(f"{table.asset} has no partitions; leave out --partition")
        return None
    if not key:
        raise Unusable(f"{table.asset} has partitions; say which, --partition KEY")
    try:
        return table.calendar.of(key)
    except ValueError as error:
        raise Unusable(f"--partition {key}: {error}") from error


def _until(text: str | None) -> date | None:
    if not text:
        return None
    try:
        until = date.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"--until {text}: a date, such as 2026-12-31") from error
    if until < today():
        raise Unusable(f"--until {text}: is over; it is {today()} (UTC)")
    return until
