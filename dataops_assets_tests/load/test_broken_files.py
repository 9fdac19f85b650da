"""A line that cannot be read is one row in quarantine; the rest of its file, and all other files, are loaded."""

import gzip
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dataops_assets.load import raw_rows
from dataops_assets.model import Contract, Date, Integer, Numeric, Text, column
from dataops_assets_tests.place import (
    DAY,
    Answer,
    Place,
    Scripted,
    check_of,
    csv,
    jsonl,
    on_standin,
    parquet,
    place,
    source,
)

pytestmark = pytest.mark.usefixtures("each_backend")


class Lines(Contract, quarantine_above=0.9):
    """Lines of a file."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    note: Text = column("Note.", nullable=True)


def line(number: int, day: str = DAY) -> bytes:
    return b'{"day": "%s", "id": %d, "note": "n"}' % (day.encode(), number)


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def at(tmp_path: Path, scripted: Scripted) -> Place:
    return place(tmp_path, source(Lines, scripted))


BROKEN: dict[str, tuple[Answer, list[int], list[str]]] = {
    "a cut JSON line": (jsonl(line(1), b'{"day": "2024-01-01",', line(2)), [1, 2], ['{"day": "2024-01-01",']),
    "no JSON object": (jsonl(line(1), b'{"day":', b"[1]", b"5", b"null"), [1], ["5", "[1]", "null", '{"day":']),
    "not a JSON number": (jsonl(line(1), b'{"day": "2024-01-01", "id": 01}'), [1], ['{"day": "2024-01-01", "id": 01}']),
    "half a surrogate": (jsonl(line(1), b'{"day": "2024-01-01", "id": 2, "note": "\\ud83d"}'), [1],
                         ['{"day": "2024-01-01", "id": 2, "note": "\\ud83d"}']),
    "not UTF-8": (jsonl(line(1), b'{"day": "2024-01-01", "id": 2, "note": "\xff"}'), [1],
                  ['{"day": "2024-01-01", "id": 2, "note": "?"}']),
    "too few fields": (csv("day,id,note", f"{DAY},1,n", f"{DAY},2", f"{DAY},3,n"), [1, 3], [f"{DAY},2"]),
    "too many fields": (csv("day,id,note", f"{DAY},1,n", f'{DAY},2,"n",x'), [1], [f'{DAY},2,"n",x']),
    "text after a quote": (csv("day,id,note", f"{DAY},1,n", f'{DAY},2,"n"x'), [1], [f'{DAY},2,"n"x']),
    "an open quote": (csv("day,id,note", f"{DAY},1,n", f'{DAY},2,"n', f"{DAY},3,n", rows=2), [1],
                      [f'{DAY},2,"n\n{DAY},3,n']),
    "a long text beside it": (csv("day,id,note", f"{DAY},1,{'x' * 1_000_000}", "y"), [1], ["y"]),
}  # fmt: skip


TOLERATED: dict[str, Answer] = {
    "two keys of a name": jsonl(b'{"day": "2024-01-01", "id": 1, "note": "a", "note": "n"}'),
    "a byte order mark": jsonl(b"\xef\xbb\xbf" + line(1)),
    "blank lines": jsonl(line(1), b"", b"  "),
    "spaces and carriage returns": jsonl(b"  " + line(1) + b" \r"),
    "mixed line ends": csv("day,id,note\r", f"{DAY},1,n"),
}


def on(answer: Answer, day: str) -> Answer:
    """The same answer of another day."""
    return replace(answer, content=answer.content.replace(DAY.encode(), day.encode()))


def test_a_broken_line_goes_to_quarantine_as_it_came(at: Place, scripted: Scripted) -> None:
    days = dict(zip([f"2024-01-{n:02d}" for n in range(1, 11)], BROKEN, strict=True))
    for day, case in days.items():
        scripted.answer(day, on(BROKEN[case][0], day))
    for outcome in at.take("t", *days):
        assert not outcome.refusal, outcome.refusal
        assert check_of(outcome, "contract").figures["readable"] == outcome.entry.rows_quarantined
    staged, quarantined = at.staged("t", "day, id"), at.quarantine("t")
    for day, case in days.items():
        _, kept, broken = BROKEN[case]
        assert [row["id"] for row in staged if str(row["day"]) == day] == kept, case
        found = [row["raw"] for row in quarantined if row["partition_key"] == day]
        assert found == [text.replace(DAY, day) for text in broken], case
    assert {row["checks"] for row in quarantined} == {"readable"}
    at.verify()


def test_what_can_be_read_is_read(at: Place, scripted: Scripted, each_backend: str) -> None:
    # Of two keys of a name BigQuery takes the first, DuckDB the last.
    notes = ["a" if each_backend == "cloud" else "n", *"nnnn"]
    days = dict(zip([f"2024-01-{n:02d}" for n in range(1, 11)], TOLERATED, strict=False))
    for day, case in days.items():
        answer = on(TOLERATED[case], day)
        scripted.answer(day, replace(answer, rows=1, columns=dict.fromkeys(("day", "id", "note"), "text")))
    for case, outcome in zip(TOLERATED, at.take("t", *days), strict=True):
        assert not outcome.refusal, (case, outcome.refusal)
    assert at.staged("t", "day, id, note") == [
        {"day": date.fromisoformat(day), "id": 1, "note": note} for day, note in zip(days, notes, strict=True)
    ]
    at.verify()


def test_of_several_partitions_only_the_broken_file_is_read_slowly(
    at: Place, scripted: Scripted, monkeypatch: pytest.MonkeyPatch, each_backend: str
) -> None:
    days = [f"2024-01-{n:02d}" for n in range(1, 11)]
    for number, day in enumerate(days):
        more = [b'{"broken'] if number == 6 else []
        scripted.answer(day, jsonl(line(1, day), *more, line(2, day)), jsonl(line(3, day)))
    slow: list[str] = []
    leniently = raw_rows.read_leniently

    def counting(store: Any, files: Any, wanted: Any) -> pa.Table:
        slow.extend(file.path for _, file in files)
        return leniently(store, files, wanted)

    monkeypatch.setattr(raw_rows, "read_leniently", counting)
    outcomes = at.take("t", *days)
    assert [outcome.refusal for outcome in outcomes] == [""] * 10
    assert [outcome.entry.rows for outcome in outcomes] == [3] * 10
    assert [outcome.entry.rows_quarantined for outcome in outcomes] == [0] * 6 + [1] + [0] * 3
    if each_backend == "cloud":  # its load jobs take a broken line for a text
        assert not slow
    else:
        assert len(slow) == 1
        assert days[6] in slow[0]
    at.verify()


def test_a_line_longer_than_the_engine_takes_is_read(at: Place, scripted: Scripted) -> None:
    note = "x" * (17 << 20)  # DuckDB: 16 MiB
    scripted.answer(DAY, jsonl(line(1), b'{"day": "%s", "id": 2, "note": "%s"}' % (DAY.encode(), note.encode())))
    [outcome] = at.take("t", DAY)
    assert (outcome.refusal, outcome.entry.rows, outcome.entry.rows_quarantined) == ("", 2, 0)
    assert [row["n"] for row in at.staged("t", "LENGTH(note) AS n")] == [1, len(note)]


def test_a_damaged_parquet_file_refuses_its_own_partition_only(at: Place, scripted: Scripted) -> None:
    def rows(day: str) -> pa.Table:
        return pa.table({"day": [day] * 500, "id": range(500), "note": [f"note {n}" for n in range(500)]})

    days = ["2024-01-01", "2024-01-02", "2024-01-03"]
    for day in days:
        scripted.answer(day, parquet(rows(day)))
    damaged = parquet(rows(days[1]))
    damaged.content = damaged.content[:40] + b"\xff" * 400 + damaged.content[440:]
    scripted.answer(days[1], damaged)
    one, two, three = at.take("t", *days)
    assert (one.refusal, three.refusal) == ("", "")
    assert "0 rows could be read of the 500" in two.refusal
    assert two.entry.rows == 0
    at.verify()


def test_a_gzip_file_with_a_broken_line(at: Place, scripted: Scripted) -> None:
    answer = jsonl(line(1), b"{", line(2))
    scripted.answer(DAY, answer)
    answer.content = gzip.compress(answer.content)
    files = scripted._files

    def compressed(answers: Any) -> Any:
        for file in files(answers):
            file.compression, file.name = "gzip", f"{file.name}.gz"
            yield file

    scripted._files = compressed
    (outcome,) = at.take("t", DAY)
    assert not outcome.refusal, outcome.refusal
    assert [row["id"] for row in at.staged("t")] == [1, 2]


class Money(Contract):
    """Amounts."""

    id: Integer = column("Number.")
    amount: Numeric = column("Amount.", nullable=True)


def test_a_decimal_keeps_every_digit_of_a_json_number(tmp_path: Path, scripted: Scripted, each_backend: str) -> None:
    at = place(tmp_path, source(Money, scripted, partition=None, key=["id"]))
    texts = {
        "1234567890.123456789": "1234567890.123456789",
        "12345678901234567890123456789.123456789": "12345678901234567890123456789.123456789",
        "0.1": "0.100000000",
        "1.10": "1.100000000",
        "9007199254740993": "9007199254740993.000000000",
        "-0.0": "0.000000000",
    }
    if on_standin(each_backend):  # what a float holds is all it can keep
        texts = {text: texts[text] for text in ("0.1", "1.10", "9007199254740993", "-0.0")}
    scripted.answer("", jsonl(*(b'{"id": %d, "amount": %s}' % (n, text.encode()) for n, text in enumerate(texts))))
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert [f"{row['amount']:f}" for row in at.staged("t", "id, amount")] == list(texts.values())


NUMBERS = {
    # As JSON has it, as Integer and as Numeric.
    "5": (5, Decimal(5)), "5.0": (5, Decimal(5)), "1.5e2": (150, Decimal(150)), "1E3": (1000, Decimal(1000)),
    "1e-7": (None, Decimal("1E-7")), "1e-400": (None, None), "9007199254740993": (2**53 + 1, Decimal(2**53 + 1)),
    "9007199254740993.0": (2**53 + 1, Decimal(2**53 + 1)), "0.99999999999999999": (None, None),
    "0.1": (None, Decimal("0.1")), "9223372036854775808": (None, Decimal(2**63)), "-1e-0": (-1, Decimal(-1)),
}  # fmt: skip


@pytest.mark.parametrize("short", [False, True], ids=["all", "short"])
def test_a_json_number_is_what_it_is_however_it_is_written(
    tmp_path: Path, scripted: Scripted, each_backend: str, short: bool
) -> None:
    """short: none of the numbers is one that a float changes, so that the engine reads the file."""
    short = short or on_standin(each_backend)
    numbers = {text: right for text, right in NUMBERS.items() if not short or len(text) < 6}
    at = place(tmp_path, *(source(made, scripted, name=made.__name__.lower()) for made in (AsInteger, AsNumeric)))
    scripted.answer(
        DAY, jsonl(*(f'{{"day": "{DAY}", "id": {n}, "x": {text}}}'.encode() for n, text in enumerate(numbers)))
    )
    for place_of, name in enumerate(("asinteger", "asnumeric")):
        [outcome] = at.take(name, DAY)
        assert not outcome.refusal, outcome.refusal
        found = {row["id"]: row["x"] for row in at.staged(name)}
        right = {n: values[place_of] for n, values in enumerate(numbers.values()) if values[place_of] is not None}
        assert found == right
        assert {row["checks"] for row in at.quarantine(name)} <= {"x.type"}


class AsInteger(Contract, quarantine_above=1.0):
    """Whole numbers."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    x: Integer = column("Value.")


class AsNumeric(Contract, quarantine_above=1.0):
    """Decimal numbers."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    x: Numeric = column("Value.")


def test_one_column(tmp_path: Path, scripted: Scripted) -> None:
    class One(Contract, quarantine_above=0.9):
        """One column."""

        note: Text = column("Note.", nullable=True)

    at = place(tmp_path, source(One, scripted, partition=None, key=[]))
    scripted.answer("", csv("note", "a", "", '"b"x', "c"))
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert [row["note"] for row in at.staged("t", "note")] == ["a", "c", None]
    assert [row["raw"] for row in at.quarantine("t")] == ['"b"x']
