"""A partition that is not as usual: what its load writes, what it says, and what is kept of it."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.io.partition_report import NO_HISTORY
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model import (
    Categories,
    Completeness,
    Contract,
    Correlation,
    Daily,
    DatasetError,
    Date,
    Derived,
    Drift,
    Integer,
    Mean,
    Scale,
    Source,
    Text,
    Volume,
    column,
)
from dataops_assets.model.severity import Severity
from dataops_assets_tests.place import Place, Scripted, check_of, csv, place, source
from dataops_assets_tests.support import make_project, materialize

MONTHS = Daily(start="2024-01-01", end="2024-03-01", column="day")
DAYS = [partition.key for partition in MONTHS.between("2024-01-01", "2024-01-20")]
LAST, HEADER = DAYS[-1], "day,id,kind"


class Day(Contract):
    """Rows of a day."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    kind: Text = column("Kind.", tags=["x"])


def rows(day: str, kinds: str = "ab", count: int = 20) -> Any:
    return csv(HEADER, *(f"{day},{number},{kinds[number % len(kinds)]}" for number in range(count)))


def history(tmp_path: Path, *statistics: Any, **more: Any) -> tuple[Place, Scripted]:
    """19 days with twenty rows of two kinds, loaded; and one that is not there yet."""
    told = Scripted({day: [rows(day)] for day in DAYS[:-1]})
    at = place(tmp_path, source(Day, told, partition=MONTHS, statistics=statistics, **more))
    at.take("t", *DAYS[:-1])
    return at, told


def checks(at: Place, day: str = LAST) -> list[tuple[str, str, str]]:
    found = at.rows(f"SELECT check_name, column_name, verdict FROM staging._checks WHERE partition = '{day}'")
    return [(row["check_name"], row["column_name"], row["verdict"]) for row in found]


def test_a_warning_is_written_and_said_each_time(tmp_path: Path) -> None:
    at, told = history(tmp_path, Categories(), Completeness())
    told.answer(LAST, rows(LAST, kinds="a"))
    (outcome,) = at.take("t", LAST)
    assert not outcome.refusal
    said = check_of(outcome, "categories")
    assert (said.passed, said.severity, said.figures) == (False, Severity.WARN, {"value": 1.0, "threshold": 0.0})
    assert said.description == "kind: gone: 'b', in each of 19 partitions before"
    assert check_of(outcome, "completeness").passed
    assert checks(at) == [("categories", "kind", "failed"), ("completeness", "", "passed")]

    (again,) = at.load("t", LAST)  # nothing new to load
    assert not again.changed
    assert check_of(again, "categories") == said
    assert len(checks(at)) == 2, "only writes are recorded"
    at.verify()


def test_of_the_severity_stop_nothing_is_written(tmp_path: Path) -> None:
    at, told = history(tmp_path, Categories(severity="stop"))
    told.answer(LAST, rows(LAST))
    at.take("t", LAST)
    told.answer(LAST, rows(LAST, kinds="a", count=10))
    (outcome,) = at.take("t", LAST)
    assert outcome.refusal.startswith(f"staged/t {LAST}: categories: kind: gone: 'b', in each of 19 partitions before;")
    assert len(at.rows(f"SELECT * FROM staging.raw_t WHERE day = '{LAST}'")) == 20, "what was there stands"
    profiled = at.rows(f"SELECT rows FROM staging._profiles WHERE partition = '{LAST}' AND column_name = 'kind'")
    assert profiled == [{"rows": 20}]
    assert checks(at) == [("categories", "kind", "failed"), ("categories", "kind", "passed")]
    at.verify()


def test_for_the_record_only(tmp_path: Path) -> None:
    at, told = history(tmp_path, Categories(severity="log"))
    told.answer(LAST, rows(LAST, kinds="a"))
    (outcome,) = at.take("t", LAST)
    assert check_of(outcome, "categories").passed
    assert checks(at) == [("categories", "kind", "failed")]


def test_too_little_history_is_no_result_and_on_record(tmp_path: Path) -> None:
    at, _ = history(tmp_path, Volume(), Categories())
    assert checks(at, DAYS[5]) == [("categories", "kind", "no history"), ("volume", "", "no history")]
    assert checks(at, DAYS[16]) == [("categories", "kind", "passed"), ("volume", "", "no history")]
    (outcome,) = at.load("t", DAYS[5])
    assert {check.name for check in outcome.checks} == {"contract", "uniqueness", "conservation", "new_columns"}


def test_days_of_one_write_are_compared_with_each_other(tmp_path: Path) -> None:
    told = Scripted({day: [rows(day, kinds="a" if day == DAYS[17] else "ab")] for day in DAYS})
    at = place(tmp_path, source(Day, told, partition=MONTHS, statistics=[Categories()]))
    found = {outcome.entry.partition: outcome for outcome in at.take("t", *DAYS)}
    bad = [key for key, each in found.items() if any(c.name == "categories" and not c.passed for c in each.checks)]
    assert bad == [DAYS[17]]


def test_a_derived_table_is_compared_as_well(tmp_path: Path) -> None:
    told = Scripted({day: [rows(day)] for day in DAYS[:-1]})
    sql = "select day, id, kind from staged.t where day >= @window_start and day < @window_end"
    about = {"contract": Day, "key": ["day", "id"], "partition": MONTHS}
    made = Derived(name="made", sql=sql, statistics=[Categories(severity="stop")], **about)
    at = place(tmp_path, source(Day, told, partition=MONTHS), made)
    at.take("t", *DAYS[:-1])
    at.transform("made", *DAYS[:-1])
    told.answer(LAST, rows(LAST, kinds="b"))
    at.take("t", LAST)
    (outcome,) = at.transform("made", LAST)
    assert outcome.refusal.startswith(f"transformed/made {LAST}: categories: kind: gone: 'a'")
    assert check_of(outcome, "categories").severity is Severity.STOP
    assert not at.rows(f"SELECT * FROM staging.made WHERE day = '{LAST}'")
    assert [row["verdict"] for row in at.rows(f"SELECT verdict FROM staging._checks WHERE partition = '{LAST}'")] == [
        "failed"
    ]


def declared(*statistics: Any, **more: Any) -> Source:
    return source(Day, Scripted(), statistics=statistics, **more)


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (
            lambda: declared(Volume(), partition=None, key=["id"]),
            "statistics compare partitions, and the table has none",
        ),
        (lambda: declared(Drift(columns=["size"])), "names the column 'size', which the contract does not have"),
        (lambda: declared(Drift(columns="kind")), r"columns is a list of names: \['kind'\]"),
        (lambda: declared(Mean(columns=["kind"])), "the column 'kind' is no number"),
        (lambda: declared(Correlation(one="id", other="kind")), "the column 'kind' is no number"),
        (lambda: declared(Scale(), Scale(columns=["id"])), "statistics names scale twice"),
        (lambda: declared(Volume(severity="quarantine")), "severity is 'stop', 'warn' or 'log', not 'quarantine'"),
        (lambda: declared(Volume), "lists checks such as Volume"),
        (lambda: declared(Volume(), holidays="XX"), "holidays='XX': "),
    ],
)
def test_mistakes_are_found_before_anything_runs(dataset: Any, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        Catalog.of([dataset()], [])


def test_a_check_without_history_is_not_red_since_something_else_failed(tmp_path: Path) -> None:
    told = Scripted({day: [rows(day)] for day in DAYS[:2]})
    made = Derived(
        name="made",
        contract=Day,
        key=["day", "id"],
        partition=MONTHS,
        publish="approval",
        sql="select day, id, kind from staged.t where day >= @window_start and day < @window_end",
    )
    project = make_project(tmp_path, source(Day, told, partition=MONTHS, statistics=[Volume()]), made)
    instance = dg.DagsterInstance.ephemeral()
    [result] = materialize(project, first=DAYS[0], last=DAYS[1], instance=instance)
    assert "waits for an approval" in result.problems[0]
    key = dg.AssetCheckKey(dg.AssetKey(["staged", "t"]), "volume")
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key].evaluation
    assert found, "Dagster shows a check without a result as one that could not be executed"
    assert (found.passed, found.partition, found.description) == (True, DAYS[1], NO_HISTORY)
