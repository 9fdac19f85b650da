"""After an erasure nothing of the person is anywhere below the home, all else is as it was, and the books balance."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataops_assets.erasure.erase import erase, look
from dataops_assets.erasure.subject import ErasureRefused, Subject
from dataops_assets.lake import checkpoints
from dataops_assets.lake.erasures import erasures
from dataops_assets.lake.history import attempts
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.load.correcting import Deciding
from dataops_assets.publish.decisions import Who
from dataops_assets.publish.rollback import release, roll_back
from dataops_assets.recovery import rebuild
from dataops_assets.staleness.judge import judge
from dataops_assets.staleness.snapshot import take
from dataops_assets_tests.erasure.scene import ANNA, KEY, OTTO, Gzipped, answer, build, files_with, shop
from dataops_assets_tests.place import DAY, Place, Scripted, jsonl

NEXT = "2024-01-02"
EVERY = [f"{layer}/t" for layer in ("raw", "staged")] + [
    f"{layer}/{name}" for name in ("people", "totals") for layer in ("transformed", "production")
]
ROWS = [
    (1, ANNA, "5"),
    (2, OTTO, "6"),
    (3, None, "7"),
    (4, f"{ANNA}.not", "8"),
    (5, ANNA, "no number"),
    (6, OTTO, "bad"),
]


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_PSEUDONYM_KEY", KEY)


def run(at: Place, who: str = ANNA) -> Any:
    storage, catalog = at.project.storage, at.project.catalog
    subject = Subject.of(f"email={who}", catalog)
    return erase(storage, catalog, subject, "otto", "request 4711", RunInfo("erase-1"), lambda _: None)


def left(at: Place, who: str = ANNA) -> int:
    storage, catalog = at.project.storage, at.project.catalog
    return sum(each.rows for each in look(storage, catalog, Subject.of(f"email={who}", catalog)))


def all_rows(at: Place) -> dict[str, list[dict[str, Any]]]:
    relations = ("staging.raw_t", "staging.people", "production.people")
    found = {name: at.rows(f"SELECT * FROM {name}") for name in relations}
    found["quarantine"] = at.rows("SELECT partition_key, checks, raw FROM staging.quarantine_t")
    return found


def without(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    def is_hers(row: dict[str, Any]) -> bool:
        return row.get("email") == ANNA or json.loads(row.get("raw", "{}")).get("Mail") == ANNA

    return {name: [row for row in every if not is_hers(row)] for name, every in rows.items()}


@pytest.mark.parametrize(
    ("format", "packed"),
    [
        pytest.param("csv", False, id="csv"),
        *(
            pytest.param(format, packed, id=f"{format}{'.gz' * packed}", marks=pytest.mark.slow)
            for format, packed in (("csv", True), ("jsonl", False), ("jsonl", True), ("parquet", False))
        ),
    ],
)
def test_nothing_of_her_is_left_and_all_else_is_as_it_was(tmp_path: Path, format: str, packed: bool) -> None:
    scripted = (Gzipped if packed else Scripted)()
    at = shop(tmp_path, scripted)
    for day in (DAY, NEXT):
        scripted.answer(day, answer(format, day, ROWS))
    build(at, DAY, NEXT)
    scripted.answer(DAY, answer(format, DAY, [(1, ANNA, "9"), *ROWS[1:]]))  # two versions of everything
    build(at, DAY)
    scripted.answer(NEXT, answer(format, NEXT, ROWS))  # an attempt that says the same
    build(at, NEXT)
    before, versions = all_rows(at), [m.attempt for m in attempts(at.project.storage.staging, "t", None)]
    assert files_with(tmp_path, f'"{ANNA}"', f",{ANNA},") or format == "parquet"
    assert left(at) > 0
    record, removed, waiting = run(at)
    assert waiting == []
    assert files_with(tmp_path, f'{ANNA}"', f"{ANNA},") == []
    assert left(at) == 0
    assert all_rows(at) == without(before)
    at.verify()
    assert {each.what for each in removed} >= {"raw", "staged", "quarantine", "transformed", "production", "version"}
    assert record.hashed == hmac.new(KEY.encode(), ANNA.encode(), hashlib.sha256).hexdigest()
    assert versions == [m.attempt for m in attempts(at.project.storage.staging, "t", None)], "no attempt is lost"
    assert run(at)[1] == [], "once more there is nothing to do"


UNIQUE = "zq7XjU0vKw"


def test_not_a_byte_of_her_is_in_any_file(tmp_path: Path) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted)
    rows = [(n, f"person{n}@example.org", str(n)) for n in range(3000)] + [(3000, UNIQUE, "1"), (3001, UNIQUE, "bad")]
    scripted.answer(DAY, answer("csv", DAY, rows))
    build(at, DAY)
    assert len(files_with(tmp_path, UNIQUE)) >= 3
    run(at, UNIQUE)
    assert files_with(tmp_path, UNIQUE, UNIQUE[2:]) == []
    at.verify()


@pytest.mark.slow
@pytest.mark.parametrize("hiding", ["hash", "mask"])
def test_where_production_hides_who_it_is(tmp_path: Path, hiding: str) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted, hiding)
    scripted.answer(DAY, answer("csv", DAY, ROWS))
    build(at, DAY)
    assert run(at)[2] == []
    shown = [row["id"] for row in at.rows("SELECT id FROM production.people")]
    assert shown == ([2, 3, 4] if hiding == "hash" else [1, 2, 3, 4])
    at.verify()
    status = judge(at.project.catalog, take(at.project.storage, at.project.catalog, {}))
    assert status["transformed/people", DAY].status == "stale", "what it was made of has changed"
    for name in ("people", "totals"):
        at.transform(name, DAY)
        assert not at.publish(name, DAY)[0].refusal
    assert [row["id"] for row in at.rows("SELECT id FROM production.people")] == [2, 3, 4]
    assert at.rows("SELECT visits FROM production.totals") == [{"visits": 3}]
    at.verify()


@pytest.mark.slow
@pytest.mark.parametrize("write", ["replace", "merge", "append"])
def test_a_warehouse_made_again_does_not_bring_her_back(tmp_path: Path, write: Any) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted, write=write, key=[] if write == "append" else ["day", "id"])
    scripted.answer(DAY, answer("csv", DAY, ROWS))
    build(at, DAY)
    scripted.answer(DAY, answer("csv", DAY, [(7, ANNA, "1"), (8, OTTO, "2")]))
    build(at, DAY)
    run(at)
    at.verify()
    [outcome] = at.load("t", DAY)
    assert (outcome.refusal, outcome.changed) == ("", False), "what is there is what is in raw"
    was = at.rows("SELECT id, email, n FROM staging.raw_t")
    (tmp_path / "warehouse.duckdb").unlink()
    assert rebuild(at.project.storage, at.project.catalog, EVERY, RunInfo("again"), lambda _: None) == []
    assert at.rows("SELECT id, email, n FROM staging.raw_t") == was
    assert left(at) == 0
    at.verify()


@pytest.mark.slow
def test_a_source_that_has_her_still_does_not_bring_her_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted)
    scripted.answer(DAY, answer("csv", DAY, ROWS))
    build(at, DAY)
    run(at)
    build(at, DAY)
    assert "2 rows of people who were erased are left out" in caplog.text
    assert ANNA not in caplog.text
    assert left(at) == 0
    assert files_with(tmp_path / "lake", f"{ANNA},") == []
    newest = attempts(at.project.storage.staging, "t", at.project.catalog.staged["t"].calendar.of(DAY))[-1]  # type: ignore[union-attr]
    assert newest.same_as, "without her it says the same as before"
    at.verify()
    for value, words in (("", "is not set"), ("x" * 40, "is another secret")):
        monkeypatch.setenv("DATAOPS_PSEUDONYM_KEY", value)
        with pytest.raises(ValueError, match=words):
            at.extract("t", DAY)


@pytest.mark.slow
def test_what_was_said_of_bad_rows_goes_with_them(tmp_path: Path) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted)
    scripted.answer(DAY, answer("csv", DAY, [*ROWS, (7, "ana@", "bad"), (8, ANNA, "worse")]))
    build(at, DAY)
    storage, table = at.project.storage, at.project.catalog.staged["t"]
    deciding = Deciding(storage.warehouse, storage.staging, table, at.partitions(table, [DAY])[0], "otto", "typo")
    deciding.replay([{"id": "5", "n": "50"} | {"day": DAY}])
    rows = [row for row in at.quarantine("t") if '"7"' in row["raw"]]
    deciding.replay([{"_raw": rows[0]["raw"], "Mail": ANNA, "n": "70"}])
    worse = [row for row in at.quarantine("t") if "worse" in row["raw"]]
    deciding.discard([hashlib.sha256(worse[0]["raw"].encode()).hexdigest()[:12]])
    build_again(at)
    assert len(at.rows(f"SELECT id FROM staging.raw_t WHERE email = '{ANNA}'")) == 3
    assert run(at)[2] == []
    assert files_with(tmp_path, f"{ANNA},", f'{ANNA}"', f'{ANNA}\\"', "ana@") == []
    at.verify()
    build_again(at)
    assert left(at) == 0
    assert [row["id"] for row in at.rows("SELECT id FROM production.people")] == [2, 3, 4]


def build_again(at: Place) -> None:
    at.load("t", DAY)
    at.transform("people", DAY)
    at.publish("people", DAY)


@pytest.mark.slow
def test_a_line_that_is_no_record_and_names_her(tmp_path: Path) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted)
    good = {"day": DAY, "id": 1, "Mail": OTTO, "n": "1"}
    broken = [f'{{"Mail": "{ANNA}", "n": '.encode(), f'{{"Mail": "x{ANNA}", '.encode()]
    scripted.answer(DAY, jsonl(good, *broken))
    build(at, DAY)
    assert len(at.quarantine("t")) == 2
    run(at)
    assert [row["raw"] for row in at.quarantine("t")] == [broken[1].decode()]
    at.verify()


def test_what_stands_in_the_way_is_said_before_anything_is_changed(tmp_path: Path) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted)
    scripted.answer(DAY, answer("csv", DAY, ROWS))
    build(at, DAY)
    with pytest.raises(ErasureRefused, match="no contract tags") as error:
        Subject.of(f"mail={ANNA}", at.project.catalog)
    assert ANNA not in str(error.value)
    assert ANNA not in repr(Subject.of(f"email={ANNA}", at.project.catalog))
    before = all_rows(at)
    [file] = (tmp_path / "lake").rglob("created_at=*/part-00000.csv")
    content = file.read_bytes()
    file.write_bytes(content[:-5])
    with pytest.raises(ErasureRefused, match="cannot be looked through"):
        run(at)
    file.write_bytes(content)
    stranger = tmp_path / "lake" / "staging" / "raw_t" / "month=2024-01"
    stranger.mkdir()
    with pytest.raises(ErasureRefused, match="another calendar"):
        run(at)
    stranger.rmdir()
    assert all_rows(at) == before
    assert erasures(at.project.storage.staging) == []
    assert run(at)[2] == []


@pytest.mark.slow
def test_a_table_without_partitions_and_a_history_that_is_read_from_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SIZE", 2)
    scripted = Scripted()
    at = shop(tmp_path, scripted, whole=True, write="merge", key=["day", "id"])
    for number in range(5):
        scripted.answer("", answer("csv", DAY, [*ROWS, (10 + number, ANNA, "1"), (20 + number, OTTO, "2")]))
        build(at)
    assert list((tmp_path / "lake" / "staging" / "raw_t").glob("collected=*"))
    before = all_rows(at)
    assert run(at)[2] == []
    assert all_rows(at) == without(before)
    assert files_with(tmp_path, f"{ANNA},", f'{ANNA}"') == []
    at.verify()
    [outcome] = at.load("t")
    assert (outcome.refusal, outcome.changed) == ("", False)
    scripted.answer("", answer("csv", DAY, [(30, ANNA, "1"), (31, OTTO, "2")]))
    build(at)
    assert left(at) == 0
    at.verify()


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
PEOPLE = st.sampled_from([UNIQUE, OTTO, "other", None, 'a,b"c'])
ANSWERS = st.lists(st.lists(st.tuples(PEOPLE, st.sampled_from(["1", "2", "bad"])), max_size=6), min_size=1, max_size=3)


@pytest.mark.slow
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    answers=ANSWERS, format=st.sampled_from(["csv", "jsonl", "parquet"]), write=st.sampled_from(["replace", "merge"])
)
def test_whatever_the_source_has_said(
    tmp_path_factory: pytest.TempPathFactory, answers: Any, format: str, write: Any
) -> None:
    home = tmp_path_factory.mktemp("home")
    scripted = Scripted()
    at = shop(home, scripted, write=write, key=["day", "id"])
    for rows in answers:
        numbered = [(place, who, amount) for place, (who, amount) in enumerate(rows)]
        scripted.answer(DAY, answer(format, DAY, numbered))
        at.take("t", DAY)
        at.transform("people", DAY)
        at.publish("people", DAY)

    def seen() -> dict[str, Any]:
        there = {row["table_name"] for row in at.rows("SELECT table_name FROM information_schema.tables")}
        queries = {
            "raw_t": "SELECT id, email, n FROM staging.raw_t",
            "people": "SELECT id, email, n FROM staging.people",
            "quarantine_t": "SELECT checks, raw FROM staging.quarantine_t",
        }
        found: dict[str, Any] = {name: at.rows(sql) for name, sql in queries.items() if name in there}
        return {name: [row for row in rows if UNIQUE not in str(row)] for name, rows in found.items()}

    before = seen()
    assert run(at, UNIQUE)[2] == []
    assert files_with(home, UNIQUE) == []
    assert seen() == before
    at.verify()
    assert not any(outcome.changed for outcome in at.load("t", DAY) if not outcome.refusal)


def test_a_day_of_which_nothing_is_left_is_no_source_that_has_lost_its_data(tmp_path: Path) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted, allow_empty=False)
    scripted.answer(DAY, answer("csv", DAY, ROWS[1:3]))
    at.take("t", DAY)
    scripted.answer(DAY, answer("csv", DAY, ROWS[:1]))
    at.take("t", DAY)
    run(at)
    at.verify()
    for again in (False, True):  # out of raw, and as the source sends it once more
        (tmp_path / "warehouse.duckdb").unlink()
        if again:
            at.extract("t", DAY)
        assert not at.load("t", DAY)[0].refusal
        assert at.staged("t") == []
        at.verify()


@pytest.mark.slow
@pytest.mark.parametrize("hiding", ["keep", "hash"])
def test_a_rollback_stays_and_its_end_too(tmp_path: Path, hiding: str) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted, hiding)
    for amount in ("6", "60"):
        scripted.answer(DAY, answer("csv", DAY, [ROWS[0], (2, OTTO, amount)]))
        build(at, DAY)
    storage, table = at.project.storage, at.project.catalog.derived["people"]
    partitions, who = at.partitions(table, [DAY]), Who("otto", "in cents")
    roll_back(storage, table, partitions, None, who, RunInfo("back"))
    assert run(at)[2] == []
    at.verify()
    assert at.rows("SELECT id, n FROM production.people") == [{"id": 2, "n": 6}]
    at.transform("people", DAY)
    assert "rolled back by otto" in at.publish("people", DAY)[0].refusal
    release(storage, table, partitions, who, RunInfo("released"))
    [outcome] = at.publish("people", DAY)
    assert (outcome.refusal, outcome.changed) == ("", True)
    assert at.rows("SELECT id, n FROM production.people") == [{"id": 2, "n": 60}]
    at.verify()
    scripted.answer(DAY, answer("csv", DAY, [(2, OTTO, "60"), (3, UNIQUE, "1")]))
    build(at, DAY)
    run(at, UNIQUE)
    assert not at.publish("people", DAY)[0].changed, "it shows what is left of what was validated"
    at.verify()
