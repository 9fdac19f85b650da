"""Whatever may stand in the header of a CSV file: the extraction refuses it, or the load reads it."""

import gzip
from pathlib import Path

import pytest

from dataops_assets.model import Contract, Integer, Source, Text, column
from dataops_assets.sources import Files
from dataops_assets_tests.place import place

pytestmark = pytest.mark.usefixtures("each_backend")

ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
# Names of the second column. The first is the key, and reads as it is.
NAMES = ["no\nte", "no\r\nte", "no\rte", "no\n\nte", 'no"te', "no,te", " note ", "n" * 2000, "é😀", "note;", "'"]


def taken(folder: Path, name: str, content: bytes) -> list[str | None]:
    """The second column of a CSV file of three rows, after extraction and load."""

    class Notes(Contract):
        """Notes."""

        id: Integer = column("Number.")
        note: Text = column("Note.", nullable=True, source=name)

    (folder / "x.csv").write_bytes(content)
    (folder / "y.csv.gz").write_bytes(gzip.compress(content.replace(b"1,", b"4,").replace(b"2,", b"5,")))
    at = place(folder / "home", Source(name="t", extract=Files(f"{folder}/*.csv*"), contract=Notes, key=["id"]))
    [outcome] = at.take("t")
    assert not outcome.refusal, outcome.refusal
    at.verify()
    return [row["note"] for row in at.staged("t", "id, note")]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_a_name_of_several_lines(tmp_path: Path, end: str, bom: bytes, each_backend: str) -> None:
    if each_backend == "cloud" and (end != "lf" or bom):
        pytest.skip("the stand-in reads CSV with DuckDB; once is enough for the way through Python")
    for place_, name in enumerate(NAMES[:4]):
        folder = tmp_path / str(place_)
        folder.mkdir()
        lines = [f'id,"{name}"', "1,a", '2,"b\nc"', ""]
        assert taken(folder, name, bom + ENDS[end].join(lines).encode()) == ["a", "b\nc", "a", "b\nc"], name


@pytest.mark.parametrize("name", NAMES[4:])
def test_an_odd_name(tmp_path: Path, name: str, each_backend: str) -> None:
    if each_backend == "cloud" and name not in NAMES[4:7]:
        pytest.skip("columns of CSV are loaded by their position")
    quoted = '"' + name.replace('"', '""') + '"'
    content = f'\ufeff"id",{quoted}\n1,a\n2,"b"\n'.encode()
    assert taken(tmp_path, name, content) == ["a", "b", "a", "b"]
