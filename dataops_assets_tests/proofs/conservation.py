"""Proof of the fourth promise: whatever is lost, added or changed, `verify` says so, by name."""

import json
from collections.abc import Callable
from pathlib import Path

from dataops_assets.build import Project
from dataops_assets.lake.history import current
from dataops_assets.lake.paths import partition_prefix, version_prefix
from dataops_assets.lake.versions import read_current
from dataops_assets_tests.proofs.receipts import tamper
from dataops_assets_tests.proofs.shop import CALENDAR, DAYS

DAY = CALENDAR.of(DAYS[1])


def row_deleted(project: Project) -> None:
    tamper(project, f"DELETE FROM staging.raw_orders WHERE day = '{DAY.key}' AND id = 3")


def row_added(project: Project) -> None:
    tamper(project, f"INSERT INTO production.sales SELECT * FROM production.sales WHERE day = '{DAY.key}' LIMIT 1")


def row_added_elsewhere(project: Project) -> None:
    tamper(project, "INSERT INTO production.sales SELECT * REPLACE (DATE '2024-03-01' AS day) FROM production.sales")


def value_changed(project: Project) -> None:
    tamper(project, f"UPDATE staging.trend SET cents_before = NULL WHERE day = '{DAY.key}' AND item = 'item-1'")


def quarantine_emptied(project: Project) -> None:
    tamper(project, f"DELETE FROM staging.quarantine_orders WHERE partition_key = '{DAY.key}'")


def raw_byte_changed(project: Project) -> None:
    path = raw_file(project)
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


def raw_file_lost(project: Project) -> None:
    raw_file(project).unlink()


def raw_attempt_lost(project: Project) -> None:
    for path in raw_file(project).parent.iterdir():
        path.unlink()


def lake_copy_lost(project: Project) -> None:
    for path in copies(project, "staging").glob("*.parquet"):
        path.unlink()


def published_rows_deleted(project: Project) -> None:
    tamper(project, "DELETE FROM production.sales")


def published_copy_lost(project: Project) -> None:
    for path in copies(project, "production").glob("*.parquet"):
        path.unlink()


def published_copy_changed(project: Project) -> None:
    for path in copies(project, "production").glob("*.parquet"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content[:-1])


def pointer_moved(project: Project) -> None:
    path = f"{partition_prefix('sales', DAY)}current.json"
    pointer = json.loads(project.storage.production.read(path))
    project.storage.production.replace(path, json.dumps({**pointer, "version": "0" * 20}).encode())


def raw_file(project: Project) -> Path:
    manifest = current(project.storage.staging, "orders", DAY)
    assert manifest
    return Path(project.storage.staging.uri(manifest.files[0].path))


def copies(project: Project, layer: str) -> Path:
    pointer = read_current(project.storage.production, "sales", DAY)
    assert pointer
    store = project.storage.production if layer == "production" else project.storage.staging
    return Path(store.uri(version_prefix("sales", DAY, pointer["version"])))


WAYS: dict[Callable[[Project], None], str] = {
    row_deleted: "staged/orders 2024-01-02: staging.raw_orders holds 7 rows",
    row_added: "production/sales 2024-01-02: production.sales holds 4 rows",
    row_added_elsewhere: "production/sales: production.sales has 6 rows that no entry accounts for",
    value_changed: "transformed/trend 2024-01-02: staging.trend holds 3 rows, version",
    quarantine_emptied: "staged/orders 2024-01-02: the ledger counts 1 rows in quarantine, there are 0",
    raw_byte_changed: "raw/orders 2024-01-02: attempt .* another SHA-256",
    raw_file_lost: "raw/orders 2024-01-02: attempt .* is missing",
    raw_attempt_lost: "staged/orders 2024-01-02: loaded from raw attempt .* no longer in the lake",
    lake_copy_lost: "staging/sales/date=2024-01-02/.* is missing",
    published_rows_deleted: "production/sales 2024-01-02: production.sales holds 0 rows",
    published_copy_lost: "production/sales/date=2024-01-02/.* is missing",
    published_copy_changed: "production/sales/date=2024-01-02/.* has [0-9]+ bytes, the manifest says",
    pointer_moved: "production/sales 2024-01-02: the lake points to version 0+, the warehouse holds",
}
"""What was done, and what `verify` says."""

MENDED = [
    row_deleted,
    row_added,
    value_changed,
    quarantine_emptied,
    lake_copy_lost,
    published_copy_lost,
    pointer_moved,
    published_rows_deleted,
]
"""Those that the command mends which `verify` names. A damaged attempt in raw stays on record, damaged."""
