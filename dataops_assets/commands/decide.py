"""What the commands that decide about production share."""

import getpass
import uuid
from argparse import Namespace
from collections.abc import Callable, Sequence

from dataops_assets.build import Project, load_project
from dataops_assets.commands.layout import say, say_command
from dataops_assets.commands.published import partitions_named, published_table
from dataops_assets.commands.shared import Unusable
from dataops_assets.ledger.entry import Entry
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.decisions import DecisionRefused, Who
from dataops_assets.publish.names import published, published_label
from dataops_assets.publish.pages import summary
from dataops_assets.warehouse.tables import DerivedTable

Decide = Callable[[Project, DerivedTable, Sequence[Partition | None], Who, RunInfo], dict[str, Entry]]


def decided(options: Namespace, decide: Decide, word: str, next_: str = "") -> int:
    """Decide about the partitions that were typed, and say what was done. word: "approved". next_: what to run then.

    Returns 0. Raises Unusable.
    """
    loaded = load_project()
    table = published_table(loaded, options.table)
    partitions = partitions_named(table, options.partitions)
    reason = options.reason.strip()
    if not reason:
        raise Unusable("--reason: say why; it is kept with what was decided")
    who = Who(who_decides(options.by), reason)
    run = RunInfo(f"{options.command}-{uuid.uuid4().hex[:8]}", loaded.settings.code_version)
    try:
        entries = decide(loaded, table, partitions, who, run)
    except DecisionRefused as error:
        raise Unusable(str(error)) from error
    for key, entry in entries.items():
        version = entry.decision.version if entry.decision else entry.version
        change = f"; {summary(entry.difference)}" if entry.difference else ""
        say(f"{published_label(table, key)}: {word} version {version}{change}")
    if table.derived.automation and options.command != "rollback":
        _tell(loaded, table, options.command, entries)
    if next_:
        say(f"{next_}, or leave it to the sensor follow:" if table.derived.automation else f"{next_}:")
        span = f" --partitions {options.partitions}" if options.partitions else ""
        say_command(f"dataops run --select production/{table.derived.name}{span}")
    return 0


def _tell(loaded: Project, table: DerivedTable, command: str, entries: dict[str, Entry]) -> None:
    """Tell Dagster, by whose events a table that follows is published."""
    from dataops_assets.automation.following import let_through, tell
    from dataops_assets.runs.runner import open_instance

    with open_instance(loaded.settings) as instance:
        tell(instance, command, [let_through(published(table), key, entry) for key, entry in entries.items()])


def who_decides(given: str | None) -> str:
    """What was typed, or the name under which somebody is logged in. Raises Unusable."""
    if given and given.strip():
        return given.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # in a container there may be no name for who it runs as
        raise Unusable("--by: say who you are; it is kept with what was decided") from error
