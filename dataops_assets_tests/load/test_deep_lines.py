"""A line of brackets within brackets is one row in quarantine, by one limit for all engines; the rest is loaded."""

from pathlib import Path

import pytest

from dataops_assets.model import Contract, Integer, Source, Text, column
from dataops_assets.sources import Files
from dataops_assets.sources.jsonlines import DEEPEST, too_deep
from dataops_assets_tests.place import on_standin, place

pytestmark = pytest.mark.usefixtures("each_backend")


class Notes(Contract, quarantine_above=0.9):
    """Notes."""

    id: Integer = column("Number.")
    note: Text = column("Note.", nullable=True)


def nested(shape: str, levels: int) -> str:
    """A value of so many levels."""
    if shape == "arrays":
        return "[" * levels + "]" * levels
    if shape == "objects":
        return '{"a":' * levels + "1" + "}" * levels
    return '[{"a":' * (levels // 2) + '"[{"' + "}]" * (levels // 2)


@pytest.mark.parametrize("shape", ["arrays", "objects", "both"])
@pytest.mark.parametrize("where", ["note", "more"])
def test_deep_lines(tmp_path: Path, shape: str, where: str, each_backend: str) -> None:
    """The object of the line is a level itself. `more` is a column that no contract names."""
    levels = [2, 200, 498, 500, 600, 1000, 1100, 100_000]
    if on_standin(each_backend):  # its PARSE_JSON knows no limit
        levels = levels[:3]
    lines = [f'{{"id":{n},"{where}":{nested(shape, depth)}}}' for n, depth in enumerate(levels)]
    good = [f'{{"id":{n},"note":"n"}}' for n in range(100, 120)]
    (tmp_path / "x.jsonl").write_text("\n".join([*good[:10], *lines, *good[10:]]) + "\n")
    at = place(tmp_path / "home", Source(name="t", extract=Files(f"{tmp_path}/x.jsonl"), contract=Notes, key=["id"]))
    [outcome] = at.take("t")
    assert not outcome.refusal, outcome.refusal
    kept = [n for n, depth in enumerate(levels) if depth < DEEPEST]
    assert [row["id"] for row in at.staged("t", "id")] == [*kept, *range(100, 120)]
    if where == "note":
        assert [row["note"] for row in at.staged("t", "id, note")][: len(kept)] == [
            nested(shape, levels[n]) for n in kept
        ]
    found = at.quarantine("t")
    assert [row["raw"] for row in found] == sorted(line for n, line in enumerate(lines) if n not in kept)
    assert all(row["checks"] == "readable" for row in found)
    at.verify()


def test_brackets_in_texts_are_no_levels() -> None:
    assert not too_deep(b'{"a":"' + b"[" * 9999 + b'\\"[{"}')
    assert not too_deep(b'{"a":[' + b"{}," * 9999 + b"{}]}")
    assert too_deep(b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}")
    assert not too_deep(b'{"a":' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}")
