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
from dataops_assets.validation.rulings import RulingKind, until_day

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
    try:
        partition = table.partition(options.partition)
    except ValueError as error:
        raise Unusable(f"--partition: {error}") from error
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
