"""Every format of files in every compression, small, many and long, under the default settings: loaded exactly."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataops_assets.model import Contract, Integer, Numeric, Source, Text, column
from dataops_assets.settings import Settings
from dataops_assets.sources import Files
from dataops_assets_tests.support import make_project, rows, succeed

FORMATS = ["csv", "csv.gz", "jsonl", "jsonl.gz", *(f"parquet/{c}" for c in ("none", "snappy", "gzip", "zstd", "lz4"))]
LONG = 40_000_000


class Notes(Contract):
    """Notes."""

    id: Integer = column("Number.")
    amount: Numeric = column("Amount.")
    note: Text = column("Note.", nullable=True)


def write(folder: Path, form: str, ids: range, note: str) -> Path:
    """A file of rows that have the same note."""
    suffix, _, codec = form.partition("/")
    path = folder / f"x.{suffix}"
    if suffix == "parquet":
        columns = {
            "id": pa.array(ids),
            "amount": pa.array([f"{n}.25" for n in ids]),
            "note": pa.array([note] * len(ids)),
        }
        pq.write_table(pa.table(columns), path, compression=codec)
        return path
    if suffix.startswith("csv"):
        text = "id,amount,note\n" + "".join(f'{n},{n}.25,"{note}"\n' for n in ids)
    else:
        text = "".join(f'{{"id":{n},"amount":{n}.25,"note":{json.dumps(note)}}}\n' for n in ids)
    path.write_bytes(gzip.compress(text.encode(), 1) if suffix.endswith("gz") else text.encode())
    return path


SIZES = [
    pytest.param(2, "a, b", id="two rows"),
    pytest.param(300_000, "some note", id="300,000 rows", marks=pytest.mark.slow),
    pytest.param(1, "x" * LONG, id="a line of 40 MB", marks=pytest.mark.slow),
    pytest.param(3, "y" * LONG, id="three lines of 40 MB", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("count", "note"), SIZES)
def test_it_is_loaded(tmp_path: Path, form: str, count: int, note: str) -> None:
    source = Files(str(write(tmp_path, form, range(count), note)))
    project = make_project(tmp_path / "home", Source(name="t", extract=source, contract=Notes, key=["id"]))
    default = Settings.from_environment({})
    assert (project.settings.memory_limit, project.settings.max_frame_rows) == (
        default.memory_limit,
        default.max_frame_rows,
    )
    succeed(project)
    figures = (
        "count(*) as n, sum(id) as ids, sum(amount) as amounts, min(note) = max(note) as same, max(length(note)) as l"
    )
    [found] = rows(project, f"select {figures} from staging.raw_t")
    ids = count * (count - 1) // 2
    assert found["same"]
    assert (found["n"], found["ids"], found["l"]) == (count, ids, len(note))
    assert f"{found['amounts']:f}" == f"{ids + 0.25 * count:.9f}"
    assert rows(project, "select count(*) as n from staging.quarantine_t") == [{"n": 0}]
