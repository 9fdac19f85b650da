"""What may be typed behind `dataops`, with its help."""

import argparse
import shutil
import textwrap
from collections.abc import Sequence
from functools import partial

from dataops_assets import __version__
from dataops_assets.commands import NAMES
from dataops_assets.commands.alerts_arguments import add_alerts
from dataops_assets.commands.capture_arguments import add_capture
from dataops_assets.commands.dvc_arguments import add_dvc
from dataops_assets.commands.erase_arguments import add_erase
from dataops_assets.commands.messages_arguments import add_messages
from dataops_assets.commands.metrics_arguments import add_metrics
from dataops_assets.commands.prune_arguments import add_prune
from dataops_assets.commands.publishing_arguments import add_publishing
from dataops_assets.commands.quarantine_arguments import add_quarantine
from dataops_assets.commands.report_arguments import add_report
from dataops_assets.nearest import suggestion

_KEYS = (
    "asset keys, comma-separated, * as wildcard; +KEY with all upstream, KEY+ with all downstream (default: all assets)"
)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """What was typed; `command` is None if nothing was. Ends with exit code 2 for what cannot be used."""
    known = parser()
    if arguments and not arguments[0].startswith("-") and arguments[0] not in NAMES:
        known.error(f"there is no command {arguments[0]!r}; {suggestion(arguments[0], NAMES)}")
    return known.parse_args(arguments)


def parser() -> argparse.ArgumentParser:
    """Of all commands. Without one, `command` is None."""
    parser = argparse.ArgumentParser(
        prog="dataops",
        description="From a source to a production table, with proof.",
        epilog="dataops COMMAND --help has examples.",
    )
    parser.add_argument("--version", action="version", version=f"dataops {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    run = _command(
        commands,
        "run",
        "materialize assets for partitions, one Dagster run a chunk of partitions",
        "dataops run                                       the newest closed partition",
        "dataops run --partitions 2013-01-01..2013-01-31   a month, day by day",
        "dataops run --select raw/flights+ --partitions 2013-01",
        "dataops run --select +production/carrier_daily --dry-run",
    )
    run.add_argument("--select", metavar="KEYS", help=_KEYS)
    run.add_argument(
        "--partitions", metavar="A..B", help="first and last partition, or one (default: the newest closed one)"
    )
    run.add_argument(
        "--full-refresh",
        action="store_true",
        help="read incremental sources from their beginning, not from where the last extraction ended",
    )
    run.add_argument(
        "--dry-run", action="store_true", help="run nothing; say what would be run, and what BigQuery would bill for it"
    )

    run.add_argument(
        "--plan", action="store_true", help="make what `dataops plan` names, in that order, and nothing else"
    )

    plan = _command(
        commands,
        "plan",
        "what is missing, stale, late, failed or held, why, and what a run would make of it",
        "dataops plan",
        "dataops plan --select +production/carrier_daily --partitions 2013-01",
        "dataops plan --format json",
    )
    plan.add_argument("--select", metavar="KEYS", help=_KEYS)
    plan.add_argument("--partitions", metavar="A..B", help="first and last partition, or one (default: all)")
    plan.add_argument("--format", choices=("table", "json"), default="table", help="json: a list of objects")

    status = _command(
        commands,
        "status",
        "what each table holds, lacks and refused",
        "dataops status",
        "dataops status --select +production/carrier_daily",
        "dataops status --format json | jq '.[] | select(.failed != [])'",
    )
    status.add_argument("--select", metavar="KEYS", help=_KEYS)
    status.add_argument("--format", choices=("table", "json"), default="table", help="json: an object for each asset")

    checks = _command(
        commands,
        "checks",
        "what each check said of each partition when it was last written",
        "dataops checks --failed",
        "dataops checks --select staged/flights --partitions 2013-01",
        "dataops checks --failed --format csv > failed.csv",
    )
    checks.add_argument("--select", metavar="KEYS", help=_KEYS)
    checks.add_argument("--partitions", metavar="A..B", help="first and last partition, or one (default: all)")
    checks.add_argument("--failed", action="store_true", help="those that failed, and nothing else")
    checks.add_argument(
        "--since", metavar="MOMENT", help="recorded since then, such as 2026-11-20 or 2026-11-20T06:30Z (UTC)"
    )
    checks.add_argument("--format", choices=("table", "csv", "json"), default="table", help="json: an object a line")

    _rulings(commands)

    profile = _command(
        commands,
        "profile",
        "what is known of a table's partitions, column by column, without reading a row",
        "dataops profile flights                      the newest partition",
        "dataops profile staged/flights --partitions 2013-01-01..2013-03-31",
        "dataops profile flight_performance --partitions 2013-05 --format json",
    )
    profile.add_argument("table", metavar="TABLE", help="name of a dataset, or key of its asset")
    profile.add_argument(
        "--partitions", metavar="A..B", help="first and last partition, or one (default: the newest that is there)"
    )
    profile.add_argument("--format", choices=("text", "json"), default="text", help="json: one object")

    add_report(partial(_command, commands))
    add_alerts(partial(_command, commands))
    add_messages(partial(_command, commands))
    add_metrics(partial(_command, commands))
    add_quarantine(partial(_command, commands))
    add_capture(partial(_command, commands))
    add_erase(partial(_command, commands))
    add_publishing(partial(_command, commands))
    add_dvc(partial(_command, commands))

    query = _command(
        commands,
        "query",
        "read the warehouse, also while a run writes",
        'dataops query "select * from production.carrier_daily limit 10"',
        'dataops query "from staging._ledger" --format csv > ledger.csv',
    )
    query.add_argument("sql", metavar="SQL", help="one SELECT, in the warehouse's own dialect; nothing else is run")
    query.add_argument("--format", choices=("table", "csv", "json"), default="table", help="json: an object a line")

    verify = _command(
        commands,
        "verify",
        "hash the raw lake again, recompute the ledger, name what does not add up, and what mends it",
        "dataops verify",
        "dataops verify --select 'raw/*' --format json",
    )
    verify.add_argument("--select", metavar="KEYS", help=_KEYS)
    verify.add_argument("--format", choices=("table", "json"), default="table")

    rebuild = _command(
        commands,
        "rebuild",
        "make the warehouse, or some of its tables, again of what the lake has; no source is asked",
        "dataops rebuild",
        "dataops rebuild --select production/carrier_daily",
    )
    rebuild.add_argument("--select", metavar="KEYS", help=_KEYS)

    drop = _command(
        commands,
        "drop",
        "remove from the warehouse what no dataset makes any more; never from the lake",
        "dataops drop old_name",
        "dataops drop old_name --yes",
    )
    drop.add_argument("name", metavar="NAME", help="of the dataset, as `dataops status` names it")
    drop.add_argument("--yes", action="store_true", help="do not ask")

    add_prune(partial(_command, commands))

    ui = _command(
        commands, "ui", "open Dagster: webserver and daemon, with this project and its runs", "dataops ui --port 3001"
    )
    ui.add_argument("--port", type=int, default=3000)
    ui.add_argument("--host", default="127.0.0.1", help="Dagster has no login: keep it on this machine (default)")

    init = _command(
        commands, "init", "make a repository for datasets of your own, in a folder of this name", "dataops init shop"
    )
    init.add_argument("name", metavar="NAME", help="of the folder and of its Python package, such as shop")

    _command(
        commands, "demo", "take one week of the demo's data through all layers and show the result", "dataops demo"
    )

    completion = _command(
        commands,
        "completion",
        "print what a shell needs to complete commands and options",
        "dataops completion bash > ~/.local/share/bash-completion/completions/dataops",
        "dataops completion zsh > ~/.zfunc/_dataops   with ~/.zfunc in $fpath",
    )
    completion.add_argument("shell", choices=("bash", "zsh"))
    return parser


def _rulings(commands) -> None:
    """The commands by which people say what to make of what a statistical check found."""
    accept = _command(
        commands,
        "accept",
        "what a statistical check found of a partition is how it is: it passes, and counts as usual",
        "dataops accept flights --partition 2013-11-28 --check volume --reason holiday",
        "dataops accept flights --partition 2013-05-03 --check drift \\\n"
        "      --column dep_delay --reason 'to be mended' --until 2026-12-31",
    )
    confirm = _command(
        commands,
        "confirm",
        "a partition has a defect: no other one is compared with it until its rows are others",
        "dataops confirm flights --partition 2013-05-03 --check drift --reason seconds",
        "dataops confirm flights --partition 2013-05-03 --reason 'seen by eye: half'",
    )
    accept.add_argument(
        "--until", metavar="DATE", help="the last day, UTC, on which it is accepted (default: for good)"
    )
    for each, needed in ((accept, True), (confirm, False)):
        each.add_argument("table", metavar="TABLE", help="name of a dataset, or key of its asset")
        each.add_argument("--partition", metavar="KEY", help="of a table that has partitions")
        each.add_argument("--check", metavar="NAME", required=needed, help="as `dataops checks` names it")
        each.add_argument("--column", metavar="NAME", help="of the check (default: all that failed)")
        each.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept for good")
        each.add_argument("--by", metavar="NAME", help="who (default: the name under which you are logged in)")
        each.add_argument("--withdraw", action="store_true", help="take back what was accepted or confirmed")


def _command(commands, name: str, help: str, *examples: str) -> argparse.ArgumentParser:
    epilog = "\n  ".join([f"example{'s' if len(examples) > 1 else ''}:", *examples])
    return commands.add_parser(
        name,
        help=help,
        description=textwrap.fill(help, shutil.get_terminal_size().columns - 2),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,  # for the examples
    )
