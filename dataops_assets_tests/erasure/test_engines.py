"""An erasure is the same on both engines: rows, quarantine, versions, books; no object of the lakes has the value."""

from pathlib import Path
from typing import Any

import pytest

from dataops_assets_tests.erasure.scene import ANNA, KEY, OTTO, answer, build, files_with, shop
from dataops_assets_tests.erasure.test_erase import ROWS, left, run
from dataops_assets_tests.place import DAY, Place, Scripted


def objects_with(at: Place, home: Path, word: str) -> list[str]:
    """Objects of both lakes that have the word; locally, files of the whole home."""
    storage, found = at.project.storage, list[str]()
    for store in (storage.staging, storage.production):
        client: Any = getattr(store, "_client", None)
        if client is None:
            return files_with(home, word)
        blobs = client.list_blobs(getattr(store, "_bucket"))  # noqa: B009
        found += [blob.name for blob in blobs if word.encode() in blob.download_as_bytes(raw_download=True)]
    return found


def test_on_both_engines(tmp_path: Path, each_backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_PSEUDONYM_KEY", KEY)
    scripted = Scripted()
    at = shop(tmp_path, scripted, "hash")
    rows = [row for row in ROWS if row[0] != 4]  # her name within another one
    scripted.answer(DAY, answer("csv", DAY, rows))
    build(at, DAY)
    assert objects_with(at, tmp_path, ANNA)
    assert left(at) == 8
    record, removed, waiting = run(at)
    assert waiting == []
    assert {each.what: each.rows for each in removed} == dict.fromkeys(
        ("staged", "quarantine", "transformed", "production", "version"), 1
    ) | {"raw": 2}, each_backend
    assert at.rows("SELECT id, email FROM staging.raw_t") == [{"id": 2, "email": OTTO}, {"id": 3, "email": None}]
    assert [row["id"] for row in at.rows("SELECT id FROM production.people")] == [2, 3]
    assert [row["partition_key"] for row in at.quarantine("t")] == [DAY]
    assert objects_with(at, tmp_path, ANNA) == []
    assert left(at) == 0
    at.verify()
    [outcome] = at.load("t", DAY)
    assert (outcome.refusal, outcome.changed) == ("", False)
    assert run(at)[1] == []
    assert record.by == "otto"
