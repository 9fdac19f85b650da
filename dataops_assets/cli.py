"""The command line: `dataops run`, `status`, `query`, `verify`, `rebuild`, `ui`, `init`, `demo`.

Exit codes: 0 done; 1 a run or a check failed, or something does not add up; 2 unusable arguments or settings.
"""

import argparse
import os
import sys
from collections.abc import Sequence

DONE, FAILED, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    options = _parser().parse_args(arguments)
    from dataops_assets.commands import execute, shared

    try:
        return execute(options)
    except (*shared.REFUSALS, *shared.FAILURES) as error:
        print(f"dataops {options.command}: {error}", file=sys.stderr)  # noqa: T201
        return UNUSABLE if isinstance(error, shared.REFUSALS) else FAILED
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        print(f"dataops {options.command}: {error}; DATAOPS_HOME is to be a folder to write in", file=sys.stderr)  # noqa: T201
        return UNUSABLE
    except BrokenPipeError:  # who reads has read enough; nor is there anybody to be told at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except BaseException as error:
        if not shared.is_interrupt(error):
            raise
        print("interrupted; run the same command again to go on", file=sys.stderr)  # noqa: T201
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dataops", description="From a source to a production table, with proof.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="materialize assets for partitions, one Dagster run a chunk of partitions")
    run.add_argument(
        "--select",
        metavar="KEYS",
        help="asset keys, comma-separated, * as wildcard; +KEY with all upstream, KEY+ with all downstream "
        "(default: all assets)",
    )
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

    commands.add_parser("status", help="what each table holds, lacks and refused")

    query = commands.add_parser("query", help="read the warehouse, also while a run writes")
    query.add_argument("sql", metavar="SQL")
    query.add_argument("--format", choices=("table", "csv", "json"), default="table")

    verify = commands.add_parser(
        "verify", help="hash the raw lake again, recompute the ledger, name what does not add up, and what mends it"
    )
    verify.add_argument("--select", metavar="KEYS", help="asset keys as of `run` (default: all assets)")
    verify.add_argument("--format", choices=("table", "json"), default="table")

    rebuild = commands.add_parser(
        "rebuild", help="make the warehouse, or some of its tables, again of what the lake has; no source is asked"
    )
    rebuild.add_argument("--select", metavar="KEYS", help="asset keys as of `run` (default: all assets)")

    ui = commands.add_parser("ui", help="open Dagster: webserver and daemon, with this project and its runs")
    ui.add_argument("--port", type=int, default=3000)
    ui.add_argument("--host", default="127.0.0.1", help="Dagster has no login: keep it on this machine (default)")

    init = commands.add_parser("init", help="make a repository for datasets of your own, in a folder of this name")
    init.add_argument("name", metavar="NAME", help="of the folder and of its Python package, such as shop")

    commands.add_parser("demo", help="take one week of the demo's data through all layers and show the result")
    return parser


if __name__ == "__main__":
    sys.exit(main())
