"""A small shop whose customers can be erased: visits by day in each raw format, one row per person published."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataops_assets.model import Contract, Date, Derived, Integer, Source, Text, column
from dataops_assets_tests.place import Answer, Place, Scripted, daily, jsonl, parquet, place
from dataops_assets_tests.place import csv as csv_of

KEY = "a secret of the tests, which is longer than thirty-two characters"
ANNA, OTTO = "anna.ärger@example.org", "otto@example.org"


class Visits(Contract, quarantine_above=1.0):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    email: Text = column("Who.", nullable=True, tags=["subject"], source="Mail")
    n: Integer = column("Amount.", ge=0)


class People(Contract):
    """One row per person and visit."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    email: Text = column("Who.", nullable=True, tags=["subject"])
    n: Integer = column("Amount.")


class Totals(Contract):
    """One row per day."""

    day: Date = column("Day.")
    n: Integer = column("Amount.")
    visits: Integer = column("How many.")


PEOPLE = "select day, id, email, n from staged.t where day >= @window_start and day < @window_end"
TOTALS = """
    select day, sum(n) as n, count(*) as visits from transformed.people
    where day >= @window_start and day < @window_end group by day
"""


def shop(home: Path, scripted: Any, hiding: str = "keep", whole: bool = False, **more: Any) -> Place:
    """whole: none of the tables has partitions."""
    calendar = None if whole else daily()
    window = " where day >= @window_start and day < @window_end"
    people_sql, totals_sql = (
        " ".join(sql.split()).replace(window, "" if whole else window) for sql in (PEOPLE, TOTALS)
    )
    options: dict[str, Any] = {"name": "t", "partition": calendar, "key": ["day", "id"], "allow_empty": True} | more
    if options.get("write") not in (None, "replace"):
        options.pop("allow_empty")
    people = Derived(
        name="people",
        contract=People,
        key=["day", "id"],
        partition=calendar,
        sql=people_sql,
        publish=True,
        personal={"email": hiding},  # type: ignore[dict-item]
    )
    totals = Derived(name="totals", contract=Totals, key=["day"], partition=calendar, sql=totals_sql, publish=True)
    return place(home, Source(extract=scripted, contract=Visits, **options), people, totals)


Row = tuple[int, str | None, str]
"""id, email, amount as the source has it."""


def answer(format: str, day: str, rows: Sequence[Row]) -> Answer:
    if format == "jsonl":
        return jsonl(*({"day": day, "id": id, "Mail": mail, "n": n} for id, mail, n in rows))
    if format == "parquet":
        ids, mails, amounts = zip(*rows, strict=True) if rows else ((), (), ())
        columns = {
            "id": pa.array(ids, pa.int64()),
            "Mail": pa.array(mails, pa.string()),
            "n": pa.array(amounts, pa.string()),
        }
        return parquet(pa.table({"day": pa.array([day] * len(rows), pa.string()), **columns}))
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([id, mail or "", n, day] for id, mail, n in rows)
    found = csv_of("id,Mail,n,day")
    return Answer(b"\xef\xbb\xbf" + found.content + written.getvalue().encode(), "csv", len(rows), found.columns)


class Gzipped(Scripted):
    """Answers with text files that are packed."""

    def _files(self, answers: Any) -> Iterator[Any]:
        for file in super()._files(answers):
            if file.format != "parquet":
                file.chunks = iter([gzip.compress(b"".join(file.chunks))])
                file.name, file.compression = f"{file.name}.gz", "gzip"
            yield file


def files_with(home: Path, *words: str) -> list[str]:
    """The files below a folder that have one of these words, packed or not."""
    found = []
    for file in home.rglob("*"):
        if not file.is_file():
            continue
        content = file.read_bytes()
        if file.suffix == ".gz":
            content += gzip.decompress(content)
        if any(word.encode() in content for word in words):
            found.append(str(file.relative_to(home)))
    return found


def build(at: Place, *days: str) -> None:
    at.take("t", *days)
    for name in ("people", "totals"):
        for outcome in (*at.transform(name, *days), *at.publish(name, *days)):
            assert not outcome.refusal, outcome.refusal
