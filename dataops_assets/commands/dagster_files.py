"""Whether Dagster's instance knows of anything that failed or is not over, read from its SQLite files.

To import Dagster and to open its instance takes longer than all else that `dataops status` does, and after a good run
it has nothing to add. What these files do not say beyond doubt, Dagster itself is asked.
"""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from dataops_assets.settings import DAGSTER_YAML, Settings

_NOT_OVER = "SELECT 1 FROM runs WHERE status IN ('STARTING', 'STARTED') LIMIT 1"
_NOT_SUCCEEDED = """
    SELECT 1 FROM (
        SELECT check_name, execution_status,
            ROW_NUMBER() OVER (PARTITION BY asset_key, check_name, partition ORDER BY id DESC) AS age
        FROM asset_check_executions WHERE asset_key IN ({})
    ) WHERE age = 1
        AND (execution_status = 'PLANNED' OR (check_name = 'extraction' AND execution_status <> 'SUCCEEDED'))
    LIMIT 1
"""


def may_know(settings: Settings, assets: Sequence[str] | None) -> bool:
    """Whether Dagster has to be asked: its instance may know of something that failed or is not over.

    assets: those in question; None if there are some of which these files do not say enough. A cloud profile's instance
    may be anywhere, and so is asked; where nothing was ever run, looking shall not make one.
    """
    if settings.cloud:
        return True
    return settings.dagster_home.exists() and (assets is None or not is_silent(settings.dagster_home, assets))


def is_silent(home: Path, assets: Sequence[str]) -> bool:
    """The newest run of each partition of these assets came to a verdict, each extraction to a good one, and no run is
    going on or was killed.

    home: the folder of the instance. False if it is not set up as ours is, or its files are not as they should be.
    """
    keys = [json.dumps(asset.split("/")) for asset in assets]
    try:
        if (home / DAGSTER_YAML.name).read_bytes() != DAGSTER_YAML.read_bytes():
            return False  # its storage may be anywhere
        return not (
            _any(home / "history" / "runs.db", _NOT_OVER)
            or _any(home / "history" / "runs" / "index.db", _NOT_SUCCEEDED.format(", ".join("?" * len(keys))), keys)
        )
    except (OSError, sqlite3.Error):
        return False


def _any(file: Path, sql: str, parameters: Sequence[str] = ()) -> bool:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, parameters).fetchone() is not None
