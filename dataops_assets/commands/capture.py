"""`dataops capture`: an incident becomes a test that runs from then on."""

import re
import tempfile
from argparse import Namespace
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from dataops_assets.build import Project, load_project
from dataops_assets.commands.layout import say
from dataops_assets.commands.selection import partition_of, staged_table
from dataops_assets.commands.shared import Unusable, err
from dataops_assets.load.captured import (
    Captured,
    CapturedRow,
    NotCaptured,
    chosen,
    contract_of,
    differences,
    masked,
    write,
)
from dataops_assets.load.set_aside import bad_rows
from dataops_assets.settings import Settings
from dataops_assets.warehouse.tables import StagedTable


def capture(options: Namespace) -> int:
    """Returns 0; 1 if some rows cannot be kept. Raises Unusable, with nothing written."""
    loaded = load_project()
    table = staged_table(loaded.catalog, options.table)
    partition = partition_of(table, options.partition)
    if options.rows < 1:
        raise Unusable(f"--rows {options.rows}: how many of each check, 1 or more")
    key, label = options.partition or "", table.label(options.partition or "")
    rows = chosen(bad_rows(loaded.storage.warehouse, table, key, options.check or ""), options.rows)
    if not rows:
        of_check = f" for {options.check}" if options.check else ""
        raise Unusable(
            f"{label}: no row is in quarantine{of_check} that fails by itself; what a statistic has found is of the "
            f"whole partition, and no few rows show it: dataops checks --select {table.asset} --failed"
        )
    hidden = [row for each in rows if (row := masked(each, table.spec))]
    case = Captured(
        table.source.name,
        partition.key if partition else "",
        datetime.now(UTC).replace(microsecond=0),
        loaded.settings.code_version,
        options.reason.strip(),
        contract_of(table.spec),
        [row for row in hidden if _found_again(loaded, table, key, row)],
    )
    if not case.rows:
        raise Unusable(
            f"{label}: of {len(rows)} rows none is bad without its personal data, which a test must not have; write "
            "one by hand (docs/quarantine.md)"
        )
    name = "-".join(filter(None, [case.table, case.partition, options.check or ""]))
    path = Path(options.to) / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}.json"
    try:
        write(case, path)
    except FileExistsError:
        raise Unusable(f"{path} is there with other rows; delete it, or name another folder with --to") from None
    except (NotCaptured, OSError) as error:
        raise Unusable(f"--to: {error}") from error
    counts = Counter(check for row in case.rows for check in row.checks)
    say(f"{path}: {len(case.rows)} rows ({', '.join(f'{check} {count}' for check, count in sorted(counts.items()))})")
    if left := len(rows) - len(case.rows):
        err.print(f"{left} rows are left out: without their personal data they are not bad", style="red")
    return 1 if left else 0


def _found_again(loaded: Project, table: StagedTable, key: str, row: CapturedRow) -> bool:
    """Is it bad in an empty warehouse too, as it is kept? A test that fails from its first day helps nobody."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), datasets=loaded.settings.datasets, severities=loaded.settings.severities)
        case = Captured(table.source.name, key, datetime.now(UTC), "", "", {}, [row])
        return not differences(case, table, Project(settings, loaded.datasets).storage)
