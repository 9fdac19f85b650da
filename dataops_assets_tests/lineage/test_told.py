"""What OpenLineage is told of a run: each step begins and ends, with what it reads, makes and checks."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.io.values import Publish
from dataops_assets.lineage import sending
from dataops_assets.lineage.sending import Sender
from dataops_assets.model import Contract, Date, Derived, Integer, Source, Text, column
from dataops_assets.sources import Files
from dataops_assets_tests.lineage.backend import Backend, backend, client, problems
from dataops_assets_tests.place import Place, daily, place
from dataops_assets_tests.support import materialize

ONE, TWO = "2024-01-01", "2024-01-02"
STEPS = ["raw/visits", "staged/visits", "transformed/pages", "production/pages"]


class Visits(Contract, quarantine_above=0.2):
    """One row per visit."""

    day: Date = column("Day of the visit.")
    id: Integer = column("Number of the visit.")
    who: Text = column("Who came.", tags=["pii"])
    seconds: Integer = column("How long.", ge=0)


class Pages(Contract):
    """One row a day."""

    day: Date = column("Day.")
    visits: Integer = column("How many came.")
    seconds: Integer = column("How long they stayed.")


def scene(home: Path) -> Place:
    home.mkdir(parents=True, exist_ok=True)
    for day, seconds in ((ONE, 30), (TWO, -1)):
        (home / f"visits-{day}.csv").write_text(f"day,id,who,seconds\n{day},1,anna,{seconds}\n{day},2,otto,5\n")
    visits = Source(
        name="visits",
        extract=Files(f"{home}/visits-{{partition.start:%Y-%m-%d}}.csv"),
        contract=Visits,
        partition=daily(),
        key=["day", "id"],
        owners=["team:web"],
    )
    pages = Derived(
        name="pages",
        contract=Pages,
        partition=daily(),
        key=["day"],
        publish=True,
        sql="""
            select day, count(*) as visits, sum(v.seconds) as seconds from staged.visits as v
            where day >= @window_start and day < @window_end group by day
        """,
    )
    return place(home / "state", visits, pages)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """A backend that is told what this process does."""
    with backend() as found:
        monkeypatch.setattr(sending, "_sender", Sender("tests", "1.0", lambda: client(found)))
        yield found


def names(datasets: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["namespace"], each["name"]) for each in datasets]


@pytest.mark.usefixtures("each_backend")
def test_each_step_begins_and_ends_with_what_it_reads_and_makes(tmp_path: Path, seen: Backend) -> None:
    at = scene(tmp_path)
    [run] = materialize(at.project, first=ONE)
    assert seen.told == [(state, step) for step in STEPS for state in ("START", "COMPLETE")]
    for event in seen.events:
        assert problems(event) == []
        assert event["job"]["namespace"] == "tests"
        assert event["run"]["facets"]["parent"]["run"]["runId"] == run.run_id
        times = event["run"]["facets"]["nominalTime"]
        assert (times["nominalStartTime"], times["nominalEndTime"]) == (
            f"{ONE}T00:00:00+00:00",
            f"{TWO}T00:00:00+00:00",
        )
    ids = [event["run"]["runId"] for event in seen.events]
    assert ids[::2] == ids[1::2]
    assert len(set(ids)) == 4, "a run for each step"
    assert "anna" not in str(seen.events)

    storage = at.project.storage
    raw, staged, transformed, production = (seen.one("COMPLETE", step) for step in STEPS)
    assert names(raw["inputs"]) == [("file", str(tmp_path))], "the folder: each day has a file of its own"
    for made, read in ((raw, staged), (staged, transformed), (transformed, production)):
        assert names(made["outputs"]) == names(read["inputs"])
    address = storage.warehouse.address(storage.warehouse.production, "pages")
    lake = storage.production.uri("pages")
    assert names(production["outputs"])[0] == address
    assert "".join(names(production["outputs"])[1]).endswith(lake.removeprefix("gs://").partition("/")[2])
    assert [each["outputFacets"]["outputStatistics"]["rowCount"] for each in production["outputs"]] == [1, 1]
    size = raw["outputs"][0]["outputFacets"]["outputStatistics"]["size"]
    assert size > 0

    facet = staged["outputs"][0]["facets"]
    assert [(each["field"], each["key"]) for each in facet["tags"]["tags"]] == [("who", "pii")]
    assert [each["name"] for each in facet["schema"]["fields"]][:4] == ["day", "id", "who", "seconds"]
    assert staged["job"]["facets"]["ownership"]["owners"] == [{"name": "team:web"}]
    assert "from staged.visits" in transformed["job"]["facets"]["sql"]["query"]
    of_seconds = transformed["outputs"][0]["facets"]["columnLineage"]["fields"]["seconds"]["inputFields"]
    assert [(each["namespace"], each["name"], each["field"]) for each in of_seconds] == [
        (*names(staged["outputs"])[0], "seconds")
    ]
    versions = {event["outputs"][0]["facets"]["version"]["datasetVersion"] for event in (transformed, production)}
    assert len(versions) == 1, "published is the version that was validated"


@pytest.mark.slow
def test_what_was_refused_is_told_and_what_is_sound_is_complete(tmp_path: Path, seen: Backend) -> None:
    at = scene(tmp_path)
    materialize(at.project, first=ONE, last=TWO)
    staged = seen.one("COMPLETE", "staged/visits")
    assert [
        (each["partition"], each["verdict"]) for each in staged["run"]["facets"]["dataops_partitions"]["partitions"]
    ] == [
        (ONE, "passed"),
        (TWO, "failed"),
    ]
    assertions = staged["outputs"][0]["facets"]["dataQualityAssertions"]["assertions"]
    bad = {each["name"]: each for each in assertions if not each["success"]}
    assert bad.keys() == {"contract", "seconds.ge"}
    said = bad["seconds.ge"]
    assert (said["column"], said["assertion"], said["actual"], said["severity"]) == ("seconds", "ge", "1", "warn")
    assert said["params"] == {"failed_partitions": [TWO]}
    assert bad["contract"]["severity"] == "error"

    seen.events.clear()
    materialize(at.project, select="staged/visits", first=TWO)
    failed = seen.one("FAIL", "staged/visits")
    assert "quarantine" in failed["run"]["facets"]["errorMessage"]["message"]
    assert failed["outputs"][0]["outputFacets"] == {}
    assert [problem for event in seen.events for problem in problems(event)] == []


@pytest.mark.slow
def test_an_error_is_told_by_its_kind(tmp_path: Path, seen: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    at = scene(tmp_path)

    def broken(*_: Any) -> Any:
        raise ArithmeticError("anna owes 3")

    monkeypatch.setattr(Publish, "write", broken)
    materialize(at.project, first=ONE)
    message = seen.one("FAIL", "production/pages")["run"]["facets"]["errorMessage"]["message"]
    assert message.startswith("ArithmeticError")
    assert "anna" not in str(seen.events)


@pytest.mark.slow
def test_a_dead_backend_fails_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with backend() as gone:
        pass
    monkeypatch.setattr(sending, "_sender", Sender("tests", "1.0", lambda: client(gone)))
    with caplog.at_level(logging.WARNING):
        [run] = materialize(scene(tmp_path).project, first=ONE)
    assert run.success
    warned = [record.message for record in caplog.records if "OpenLineage cannot be told" in record.message]
    assert len(warned) == 1, "one try, and none again for a while"
