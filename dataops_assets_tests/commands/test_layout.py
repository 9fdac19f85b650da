"""What `status` and `verify` say fits 80 columns, and the commands in it can be copied; `status` as JSON."""

import json
import re
import shlex
from pathlib import Path

import duckdb
import pytest

from dataops_assets import build
from dataops_assets.commands.arguments import parsed
from dataops_assets.commands.layout import command, fitting, paragraph
from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer

ONE, TWO, THREE, FOUR, FIVE = DAYS
COLUMNS = ["table", "newest", "loaded", "missing", "rows"]


@pytest.fixture(autouse=True)
def narrow(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a pipe, or in a terminal of 80 columns."""
    monkeypatch.delenv("COLUMNS")


def fits(text: str) -> None:
    """But for a path, which stays whole on a line of its own."""
    assert [line for line in text.splitlines() if len(line.rstrip()) > 80 and len(line.split()) > 1] == []


def commands(text: str) -> list[list[str]]:
    """As a shell reads what is copied: a backslash at the end of a line goes on, also in double quotes."""
    found = re.findall(r"^ *(dataops [^\n]*)$", text.replace("\\\n", ""), re.MULTILINE)
    return [shlex.split(each)[1:] for each in found]


def test_status_and_verify_fit_80_columns_and_their_commands_run(dataops: Dataops, home: Path) -> None:
    fits(dataops("status").out)
    offer(home, {ONE: "old", TWO: "bad"})
    assert dataops("run", "--partitions", f"{ONE}..{THREE}").code == 1
    result = dataops("status").out
    fits(result)
    planned = dataops("plan").out
    fits(planned)
    assert "dataops run --plan" in planned.splitlines()[-1]
    assert {"missing", "failed", "held", "rows", "quarantined"} <= set(result.splitlines()[0].split())
    assert "  3 of 3 rows would go to quarantine, more than the 10.0%" in result
    stopped, set_aside = [dataops(*each).out for each in commands(result) if each[0] == "quarantine"]
    assert "pieces" in stopped
    assert "cents" in set_aside
    runs = [parsed(each).partitions for each in commands(result) if each[0] == "run"]
    assert runs == [THREE, TWO, f"{FOUR}..{FIVE}"]
    warehouse = build.load_project().storage.warehouse
    with duckdb.connect(str(warehouse.path)) as connection:  # type: ignore[attr-defined]
        connection.execute(f"DELETE FROM production.sales WHERE day = '{ONE}'")
    result = dataops("verify")
    assert result.code == 1
    fits(result.out + result.err)
    assert ["run", "--select", "production/sales", "--partitions", ONE] in commands(result.err)


def test_status_of_some_assets_and_as_json(dataops: Dataops, home: Path) -> None:
    offer(home, {ONE: "old", TWO: "bad", THREE: "old"})
    assert dataops("run", "--partitions", f"{ONE}..{THREE}").code == 1
    result = dataops("status", "--select", "production/*")
    assert {line.split()[0] for line in result.out.split("\n\n")[0].splitlines()[1:]} == {
        "production/sales",
        "production/trend",
    }
    assert f"  production/sales          {TWO}  because staged/stock failed" in result.out.splitlines()
    result = dataops("status", "--select", "raw/*")
    assert commands(result.out) == [["run", "--select", "raw/orders,raw/stock", "--partitions", f"{FOUR}..{FIVE}"]]
    found = json.loads(dataops("status", "--select", "staged/stock,+production/sales", "--format", "json").out)
    by_asset = {each.pop("asset"): each for each in found}
    assert list(by_asset) == [
        *("raw/orders", "raw/stock", "staged/orders", "staged/stock"),
        *("transformed/sales", "production/sales"),
    ]
    stock = by_asset["staged/stock"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stock.pop("last_run"))
    [failed] = stock.pop("failed")
    assert failed["partitions"] == [[TWO, TWO]]
    assert failed["reason"].startswith("3 of 3 rows would go to quarantine")
    assert stock == {
        "newest": THREE,
        "loaded": 2,
        "missing": [[TWO, TWO], [FOUR, FIVE]],
        "held": [],
        "stale": [],
        "flagged": [],
        "rows": 6,
        "quarantined": 0,
        "quarantine": [],
        "owners": [],
        "late": None,
        "unusual": [],
    }
    assert by_asset["production/sales"]["held"] == [
        {"partitions": [[TWO, TWO]], "because": "staged/stock failed", "mended": False}
    ]
    result = dataops("status", "--select", "sales")
    assert result.err.endswith("matches no asset; did you mean production/sales or transformed/sales?\n")


def test_text_is_wrapped_and_a_long_word_stays_whole() -> None:
    words = "one two " * 20
    assert paragraph(words, 2)[1].startswith("      ")
    fits("\n".join(paragraph(words, 2)))
    assert " ".join(" ".join(paragraph(words)).split()) == words.strip()
    assert len(paragraph("x" * 100)[0]) == 100


@pytest.mark.parametrize(
    "text",
    [
        "dataops run --partitions 2024-01-01",
        "dataops run --select transformed/flight_performance+,raw/weather --partitions 2024-01-01..2024-12-31",
        "dataops run --select " + ",".join(f"transformed/table_{n}+" for n in range(20)) + " --partitions 2024-01",
        "dataops query \"select partition, reason from staging._ledger where asset = 'a/b' and verdict = 'failed'\"",
    ],
)
def test_a_command_of_several_lines_is_the_same_command(text: str) -> None:
    lines = "\n".join(command(text))
    fits(lines)
    [read] = commands(lines)
    plain = [re.sub(r"\s+", " ", word).replace(", ", ",") for word in read]
    assert plain == [word.replace(", ", ",") for word in shlex.split(text)[1:]]


def test_a_table_that_is_too_wide_leaves_out_what_says_least(capsys: pytest.CaptureFixture[str]) -> None:
    def shown(name: str) -> list[str]:
        fitting(COLUMNS, [[name, ONE, 1, None, 12]], right=COLUMNS[2:], least=[["missing"], ["newest"]])
        result = capsys.readouterr().out
        fits(result)
        return result.splitlines()

    assert shown("staged/a")[0].split() == COLUMNS
    assert shown(f"staged/{'a' * 40}")[0].split() == ["table", "newest", "loaded", "rows"]
    assert shown(f"staged/{'a' * 55}")[0].split() == ["table", "loaded", "rows"]
    assert [line.split()[0] for line in shown(f"transformed/{'a' * 60}")] == ["table", "transformed/", "a" * 60]
