"""A source that is read on from where the last extraction ended: no increment is passed over, whatever becomes of it.

`green` tables are complete: a load of which no check fails has every row the source had when it was last extracted.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dataops_assets.cli import main
from dataops_assets.commands import run as run_command
from dataops_assets.io.values import FULL_REFRESH
from dataops_assets.lake.history import attempts
from dataops_assets.model import Contract, Integer, Source, column
from dataops_assets.runs import runner
from dataops_assets.sources import Files, SqlTable
from dataops_assets_tests.place import Place, Scripted, place
from dataops_assets_tests.support import materialize, succeed

MEND = "dataops run --select +staged/t --full-refresh"
BOTH = "raw/t,staged/t"
REFRESH = {FULL_REFRESH: "true"}
BAD = 99


class Rows(Contract):
    """Rows with the moment of their last change; an amount above 90 stops a load."""

    id: Integer = column("Number.")
    amount: Integer = column("Amount.", le=90, severity={"le": "stop"})
    changed: Integer = column("Last change.", nullable=True)


class Lenient(Contract):
    """The same, and any amount will do."""

    id: Integer = column("Number.")
    amount: Integer = column("Amount.")
    changed: Integer = column("Last change.", nullable=True)


class Shop:
    """A database with the table `t`, read by the cursor `changed`."""

    def __init__(self, folder: Path, write: str = "merge") -> None:
        self.file, self.write = folder / "shop.db", write
        self.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER, amount INTEGER, changed INTEGER)")

    def execute(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute(statement, values)

    def add(self, number: int, amount: int, at: int | None) -> None:
        self.execute("INSERT INTO t VALUES (?, ?, ?)", number, amount, at)

    def correct(self) -> None:
        """As an operator does: in place, without a new value of the cursor."""
        self.execute("UPDATE t SET amount = 5 WHERE amount > 90")

    def rows(self) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.file)) as database:
            return sorted(database.execute("SELECT id, amount, changed FROM t"), key=str)

    def source(self, contract: type[Contract] = Rows, **more: Any) -> Source:
        options: dict[str, Any] = {"write": self.write, "key": ["id"] if self.write == "merge" else []}
        table = SqlTable(f"sqlite:///{self.file}", "t", cursor="changed")
        return Source(**({"name": "t", "extract": table, "contract": contract} | options | more))


def staged(at: Place) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in at.staged("t", "id, amount, changed")), key=str)


def names(at: Place) -> list[str]:
    return [manifest.attempt for manifest in attempts(at.project.storage.staging, "t", None)]


@pytest.mark.parametrize("write", ["merge", pytest.param("append", marks=pytest.mark.slow)])
def test_an_increment_that_was_refused_is_not_passed_over(tmp_path: Path, write: str) -> None:
    shop = Shop(tmp_path, write)
    at = place(tmp_path / "home", shop.source())
    shop.add(1, 1, 1)
    succeed(at.project, BOTH)
    shop.add(2, BAD, 2)
    shop.add(3, 3, 3)
    assert MEND in materialize(at.project, BOTH)[0].problems[0]
    refused = names(at)[-1]
    shop.add(4, 4, 4)
    for _ in range(2):  # the increments that follow are fine, and so is the row by now: nobody has read it again
        (failed,) = materialize(at.project, BOTH)
        for word in ("staged/t", "1 of 3 rows break the check 'amount.le'", f"raw attempt {refused}", MEND):
            assert word in failed.problems[0]
        assert staged(at) == [(1, 1, 1)]
        at.verify()
        shop.correct()
    succeed(at.project, BOTH, tags=REFRESH)
    assert staged(at) == shop.rows() == [(1, 1, 1), (2, 5, 2), (3, 3, 3), (4, 4, 4)]
    at.verify()
    # From there on increments again, from the watermark of the full refresh.
    shop.add(5, 5, 5)
    succeed(at.project, BOTH)
    last = attempts(at.project.storage.staging, "t", None)[-2:]
    assert (last[1].follows, last[1].rows) == (last[0].attempt, 2)
    assert staged(at) == shop.rows()
    at.verify()


def test_the_first_extraction_is_not_passed_over_either(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    at = place(tmp_path / "home", shop.source())
    shop.add(1, BAD, 1)
    shop.add(2, 2, 2)
    assert at.take("t")[0].refusal
    shop.correct()
    assert MEND in at.take("t")[0].refusal
    assert not at.take("t", full_refresh=True)[0].refusal
    assert staged(at) == shop.rows()
    at.verify()


def test_a_contract_that_takes_the_rows_mends_too(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    at = place(tmp_path / "home", shop.source())
    shop.add(1, BAD, 1)
    at.take("t")
    shop.add(2, 2, 2)
    assert at.take("t")[0].refusal
    lenient = place(tmp_path / "home", shop.source(Lenient))
    assert not lenient.load("t")[0].refusal
    assert staged(lenient) == shop.rows()
    lenient.verify()


def test_attempts_that_were_not_loaded_are_loaded_with_the_next(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    at = place(tmp_path / "home", shop.source())
    for number in range(1, 4):
        shop.add(number, number, number)
        at.extract("t")
    assert not at.load("t")[0].refusal
    assert staged(at) == shop.rows()
    at.verify()


def test_what_is_read_every_time_mends_itself(tmp_path: Path) -> None:
    """Rows at the watermark, and those without a value of the cursor: the next extraction begins where this one did."""
    shop = Shop(tmp_path)
    at = place(tmp_path / "home", shop.source())
    shop.add(1, 1, 1)
    at.take("t")
    shop.add(2, BAD, 1)
    shop.add(3, BAD, None)
    assert at.take("t")[0].refusal
    shop.correct()
    shop.add(4, 4, 2)
    assert not at.take("t")[0].refusal
    assert staged(at) == shop.rows()
    at.verify()


def test_a_full_refresh_counts_also_where_the_next_increment_says_the_same(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    at = place(tmp_path / "home", shop.source())
    shop.add(1, 1, 1)
    at.take("t")
    shop.execute("DELETE FROM t")
    shop.add(2, BAD, 5)
    assert at.take("t")[0].refusal
    shop.correct()
    at.extract("t", full_refresh=True)
    at.extract("t")
    assert len({m.content_sha256 for m in attempts(at.project.storage.staging, "t", None)[-2:]}) == 1
    assert not at.load("t")[0].refusal
    assert staged(at) == [(1, 1, 1), (2, 5, 5)]
    at.verify()


def test_a_file_that_was_corrected_mends_for_itself_alone(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    files = Files(f"{folder}/*.csv", incremental=True)
    at = place(tmp_path / "home", Source(name="t", extract=files, contract=Rows, key=["id"], write="merge"))

    def write(name: str, *lines: str) -> None:
        (folder / f"{name}.csv").write_text("\n".join(["id,amount,changed", *lines, ""]))

    write("a", "1,1,1")
    at.take("t")
    write("b", "2,99,1")
    write("c", "3,3,1")
    assert at.take("t")[0].refusal
    write("b", "2,50,12")
    assert MEND in at.take("t")[0].refusal, "nobody has read c again"
    write("c", "3,3,12")
    assert not at.take("t")[0].refusal
    assert staged(at) == [(1, 1, 1), (2, 50, 12), (3, 3, 12)]
    at.verify()


def test_an_increment_is_not_taken_for_a_whole_table(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    at = place(tmp_path / "home", shop.source())
    shop.add(1, 1, 1)
    at.take("t")
    shop.add(2, 2, 2)
    at.extract("t")
    whole = SqlTable(f"sqlite:///{shop.file}", "t")
    new = place(tmp_path / "home", shop.source(extract=whole, write="replace"))
    assert "has only what was new then" in new.load("t")[0].refusal
    assert staged(new) == [(1, 1, 1)]
    assert not new.take("t")[0].refusal
    assert staged(new) == shop.rows()
    new.verify()


# The command line.


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Shop, Place]:
    """`dataops run` on a project of the shop and a source that is no incremental one."""
    shop = Shop(tmp_path)
    scripted = Source(name="told", extract=Scripted(), contract=Rows, key=["id"])
    at = place(tmp_path / "home", shop.source(), scripted)
    monkeypatch.setattr(run_command, "load_project", lambda: at.project)
    monkeypatch.setattr(runner, "open_instance", lambda _: runner.dg.DagsterInstance.ephemeral())
    return shop, at


def test_the_command_that_the_error_names(command: tuple[Shop, Place], capfd: pytest.CaptureFixture[str]) -> None:
    shop, at = command
    shop.add(1, BAD, 1)
    select = ["run", "--select", "+staged/t"]
    assert main(select) == 1
    shop.correct()
    shop.add(2, 2, 2)
    assert main(select) == 1
    assert MEND in capfd.readouterr().err.replace("\n", " ")
    assert main([*select, "--full-refresh"]) == 0
    assert staged(at) == shop.rows()
    at.verify()


@pytest.mark.parametrize("select", ["staged/t", "+staged/told"])
def test_a_full_refresh_of_nothing_is_refused(
    command: tuple[Shop, Place], capsys: pytest.CaptureFixture[str], select: str
) -> None:
    assert main(["run", "--select", select, "--full-refresh"]) == 2
    assert "--full-refresh: no incremental source is selected" in (message := capsys.readouterr().err)
    assert "select raw/t" in message


@pytest.mark.parametrize(("option", "asked"), [([], "for what is new"), (["--full-refresh"], "for everything")])
def test_a_dry_run_says_what_a_source_is_asked_for(
    command: tuple[Shop, Place], capsys: pytest.CaptureFixture[str], option: list[str], asked: str
) -> None:
    assert main(["run", "--select", "raw/t,raw/told", "--dry-run", *option]) == 0
    asked_of = {
        line.split()[0]: line.rstrip() for line in capsys.readouterr().out.splitlines() if line.startswith("raw/")
    }
    assert asked_of["raw/t"].endswith(f"asks the source {asked}")
    assert asked_of["raw/told"].endswith("asks the source")
    assert not names(command[1])


def test_a_tag_that_says_neither_yes_nor_no(tmp_path: Path) -> None:
    at = place(tmp_path / "home", Shop(tmp_path).source())
    (failed,) = materialize(at.project, "raw/t", tags={FULL_REFRESH: "yes"})
    assert f"the run tag {FULL_REFRESH} is true or false, not 'yes'" in failed.problems[0]
    assert not names(at)


# Any sequence.

ROW = st.tuples(st.sampled_from([1, 2, 3, BAD]), st.sampled_from(["next", "same", "none"]))
STEP = st.one_of(
    st.tuples(st.just("add"), st.lists(ROW, min_size=1, max_size=2)),
    st.tuples(st.sampled_from(["take", "take", "extract", "load", "correct", "change", "refresh"])),
)


def any_sequence(steps: list[tuple[Any, ...]], write: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder), write)
        at = place(Path(folder) / "home", shop.source())
        moment = number = 1
        complete = False
        shop.add(1, 1, 1)
        at.take("t")
        read = shop.rows()

        def load() -> bool:
            (outcome,) = at.load("t")
            assert outcome.refusal or staged(at) == read
            return not outcome.refusal

        for word, *rest in [*steps, ("take",), ("correct",), ("refresh",)]:
            if word == "add":
                for amount, when in rest[0]:
                    number, moment = number + 1, moment + (when == "next")
                    shop.add(number, amount, None if when == "none" else moment)
            elif word == "change" and write == "merge":
                moment += 1
                shop.execute("UPDATE t SET amount = amount % 7, changed = ? WHERE id = ?", moment, number)
            elif word == "correct":
                shop.correct()
            if word in ("take", "extract", "refresh"):
                at.extract("t", full_refresh=word == "refresh")
                read = shop.rows()
            if word in ("take", "load", "refresh"):
                complete = load()
        assert complete
        assert staged(at) == shop.rows()
        at.verify()


RELAXED: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
MODES = st.sampled_from(["merge", "append"])


@settings(max_examples=2, **RELAXED)
@given(st.lists(STEP, min_size=2, max_size=7), MODES)
@example([("add", [(BAD, "next"), (1, "next")]), ("take",), ("add", [(2, "next")]), ("take",)], "merge")
@example([("add", [(BAD, "same"), (BAD, "none")]), ("take",), ("correct",), ("take",), ("change",)], "append")
def test_a_green_load_is_complete(steps: list[tuple[Any, ...]], write: str) -> None:
    any_sequence(steps, write)


@pytest.mark.slow
@settings(max_examples=20, **RELAXED)
@given(st.lists(STEP, min_size=2, max_size=12), MODES)
def test_a_green_load_is_complete_deeply(steps: list[tuple[Any, ...]], write: str) -> None:
    any_sequence(steps, write)
