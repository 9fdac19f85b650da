"""Each promise broken in the implementation: its proof must notice, or it would prove nothing."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dataops_assets.warehouse.errors import WarehouseError
from dataops_assets_tests.proofs.attempts import changed_by_repetition, changed_raw
from dataops_assets_tests.proofs.broken import broken
from dataops_assets_tests.proofs.killing import Children, Scene
from dataops_assets_tests.proofs.processes import reader_beside_writer
from dataops_assets_tests.proofs.receipts import prepare, published_unvalidated, validation_failed
from dataops_assets_tests.proofs.shop import DAYS, offer, problems, shop, take


def lost_rows(home: Path) -> list[str]:
    offer(home, {DAYS[0]: "old"})
    take(shop(home), DAYS[:1])
    return problems(shop(home))


def unvalidated(home: Path) -> list[str]:
    prepare(home)
    return published_unvalidated(home, validation_failed)[0]


@pytest.mark.parametrize(
    ("promise", "proof", "noticed"),
    [
        ("overwrites", changed_raw, "orders-2024-01-01.csv has changed"),
        ("no receipt", unvalidated, "production has changed"),
        ("lost row", lost_rows, "staged/orders 2024-01-01: staging.raw_orders holds 5 rows"),
        pytest.param(
            "counts twice", changed_by_repetition, "staging.quarantine_orders 2024-01-01", marks=pytest.mark.slow
        ),
    ],
)
def test_a_broken_promise_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, promise: str, proof: Callable[[Path], list[str]], noticed: str
) -> None:
    broken(monkeypatch, promise)
    found = proof(tmp_path)
    assert any(noticed in line for line in found), found


def test_a_reader_notices_that_nobody_waits(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, "no lock")
    try:
        wrong, _ = reader_beside_writer(children, tmp_path, rounds=3, broken=["no lock"])
    except (duckdb.Error, WarehouseError, KeyError):  # the writer stumbled over the reader, or lost what it wrote
        return
    assert wrong


@pytest.mark.parametrize(
    ("promise", "place", "noticed"),
    [
        pytest.param("no transaction", "INSERT INTO", "is neither old nor new: []", marks=pytest.mark.slow),
        ("in place", "fsync", "is not a manifest"),
    ],
)
def test_a_crash_notices_what_is_not_whole(
    children: Children, tmp_path: Path, promise: str, place: str, noticed: str
) -> None:
    scene = Scene(children, tmp_path, first_ever=False, broken=[promise])
    found = scene.crash([(at, None) for at, name in enumerate(scene.writes, 1) if name.startswith(place)][1:2])
    assert any(noticed in line for line in found), found
