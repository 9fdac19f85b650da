"""Whatever a module of `datasets/` holds becomes part of the graph, once, or is an error that says what to do."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
import pytest

from dataops_assets.build import Project
from dataops_assets.discovery import collect, discover
from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Source, column
from dataops_assets.model.tables import DatasetError
from dataops_assets.settings import Settings
from dataops_assets.sources import Files

DAYS = dg.DailyPartitionsDefinition("2024-01-01")


class Db(dg.ConfigurableResource):
    url: str = ""


class Outer(dg.ConfigurableResource):
    db: Db


@dg.asset(partitions_def=DAYS)
def loose() -> None: ...


@dg.asset
def needy(db: Db) -> None: ...


@dg.asset_check(asset=loose)
def sound() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.observable_source_asset
def observed() -> dg.DataVersion:
    return dg.DataVersion("1")


@dg.op
def step() -> None: ...


@dg.job
def of_ops() -> None:
    step()


@dg.schedule(job=of_ops, cron_schedule="0 1 * * *")
def nightly() -> dict[str, Any]:
    return {}


@dg.sensor(job=of_ops)
def watching() -> None: ...


@dg.asset_sensor(asset_key=loose.key, job=of_ops)
def following() -> None: ...


@dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS)
def after_runs() -> None: ...


OF_ASSETS = dg.define_asset_job("of_assets", selection=[loose])
DAILY = dg.build_schedule_from_partitioned_job(OF_ASSETS)
CONDITIONS = dg.AutomationConditionSensorDefinition("conditions", target=dg.AssetSelection.assets(loose))
SPEC = dg.AssetSpec("elsewhere")
EVERYTHING: list[Any] = [
    loose, sound, observed, SPEC, of_ops, OF_ASSETS, nightly, DAILY, watching, following, after_runs, CONDITIONS,
]  # fmt: skip


def module(name: str = "datasets.one", **values: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(values)
    return made


def repository(home: Path, *modules: ModuleType) -> dg.RepositoryDefinition:
    return Project(Settings(home=home), collect(modules)).definitions().get_repository_def()


def named(home: Path, *modules: ModuleType) -> dict[str, set[str]]:
    """What the code location has by the names given to it, as Dagster tells it."""
    found = repository(home, *modules)
    return {
        "assets": {key.to_user_string() for key in found.asset_graph.get_all_asset_keys()},
        "checks": {key.name for key in found.asset_graph.asset_check_keys},
        "jobs": {job.name for job in found.get_all_jobs() if not job.name.startswith("__")},
        "schedules": {schedule.name for schedule in found.schedule_defs},
        "sensors": {sensor.name for sensor in found.sensor_defs},
    }


HELD = {
    "assets": {"loose", "observed", "elsewhere"},
    "checks": {"sound"},
    "jobs": {"of_ops", "of_assets"},
    "schedules": {"nightly", "of_assets_schedule"},
    "sensors": {"watching", "following", "after_runs", "conditions"},
}


@pytest.mark.parametrize(
    "hold",
    [
        lambda: {f"value_{n}": value for n, value in enumerate(EVERYTHING)},
        lambda: {"listed": EVERYTHING, "again": tuple(EVERYTHING)},
        lambda: {"by_name": {f"{n}": [value] for n, value in enumerate(EVERYTHING)}},
        lambda: {"loose": loose, "OF_ASSETS": OF_ASSETS, "rest": EVERYTHING},
    ],
    ids=["variables", "lists", "dict", "both"],
)
def test_all_that_a_code_location_takes_is_picked_up(tmp_path: Path, hold: Callable[[], dict[str, Any]]) -> None:
    base = named(tmp_path)
    found = named(tmp_path, module(**hold()))
    assert {kind: names - base[kind] for kind, names in found.items()} == HELD


def test_what_a_module_imports_from_another_is_there_once(tmp_path: Path) -> None:
    held = {f"value_{n}": value for n, value in enumerate(EVERYTHING)}
    modules = module(**held), module("datasets.two", **held), module("datasets.three", listed=list(EVERYTHING))
    assert len(collect(modules).plain) == len(EVERYTHING)
    assert named(tmp_path, *modules)["checks"] == {"sound"}


def test_what_is_in_definitions_too_is_there_once(tmp_path: Path) -> None:
    db = Db()
    defs = dg.Definitions([loose, needy], asset_checks=[sound], jobs=[OF_ASSETS], resources={"db": db})
    found = repository(tmp_path, module(loose=loose, needy=needy, sound=sound, job=OF_ASSETS, db=db, defs=defs))
    assert {key.to_user_string() for key in found.asset_graph.get_all_asset_keys()} == {"loose", "needy"}


def test_specs_that_describe_an_asset_are_not_assets_beside_it(tmp_path: Path) -> None:
    specs = [dg.AssetSpec("one"), dg.AssetSpec("two"), dg.AssetSpec("three")]

    @dg.multi_asset(specs=specs[:2])
    def both(): ...

    graph = repository(tmp_path, module(SPECS=specs, both=both)).asset_graph
    assert {key.to_user_string(): graph.get(key).is_executable for key in graph.get_all_asset_keys()} == {
        "one": True,
        "two": True,
        "three": False,
    }


@dg.resource
def old_style() -> None: ...


@dg.executor(name="somewhere")
def somewhere(_: object) -> Any: ...


@dg.logger
def shouting(_: object) -> Any: ...


@dg.repository
def one_more() -> list[Any]:
    return []


@dg.definitions
def later() -> dg.Definitions:
    return dg.Definitions()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Db(), "dg.Definitions(resources={'it': it})"),
        (Db.configure_at_launch(), "dg.Definitions(resources={'it': it})"),
        (old_style, "dg.Definitions(resources={'it': it})"),
        ([Db()], "dg.Definitions(resources={'it': it})"),
        (shouting, "dg.Definitions(loggers={'it': it})"),
        (somewhere, "executor_def=it"),
        (one_more, "`it = dg.Definitions(…)`"),
        (later, "`it = dg.Definitions(…)`"),
    ],
)
def test_what_has_no_place_is_an_error_that_says_where_it_goes(value: Any, words: str) -> None:
    with pytest.raises(DatasetError) as raised:
        collect([module(it=value)])
    assert str(raised.value).startswith("datasets.one: it (")
    assert words in str(raised.value)


def test_what_is_used_by_something_that_is_picked_up_is_no_error(tmp_path: Path) -> None:
    db, outer = Db(url="one"), Outer(db=Db(url="two"))

    @dg.asset(required_resource_keys={"db", "old"}, resource_defs={"db": db, "old": old_style})
    def with_its_own() -> None: ...

    parts = module(db=db, old=old_style, inner=outer.db, outer=outer, somewhere=somewhere, shouting=shouting, step=step)
    uses = module(
        "datasets.two",
        asset=with_its_own,
        job=dg.define_asset_job("elsewhere", selection=[with_its_own], executor_def=somewhere),
        defs=dg.Definitions(resources={"outer": outer}, loggers={"shouting": shouting}),
    )
    assert len(collect([parts, uses]).plain) == 3
    assert "with_its_own" in named(tmp_path, parts, uses)["assets"]


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


def test_datasets_are_found_in_lists_too_and_one_name_is_one_dataset() -> None:
    kind: dict[str, Any] = {
        "contract": Rows,
        "key": ["day", "id"],
        "partition": Daily(start="2024-01-01", column="day"),
    }
    sources = [Source(name=name, extract=Files("x.csv"), **kind) for name in ("a", "b")]
    derived = Derived(name="c", sql="select * from staged.a", **kind)
    found = collect([module(sources=sources, derived=derived), module("datasets.two", a=sources[0])])
    assert [source.name for source in found.sources] == ["a", "b"]
    assert found.derived == (derived,)
    again = Source(name="b", extract=Files("y.csv"), **kind)
    with pytest.raises(DatasetError, match=r"datasets\.two: a dataset called 'b' exists already in datasets\.one"):
        collect([module(sources=sources), module("datasets.two", again=again)])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package `found_datasets` that can be imported."""
    folder = tmp_path / "found_datasets"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return folder


def test_discovery_walks_the_package(package: Path) -> None:
    (package / "jobs.py").write_text(
        "import dagster as dg\nfrom found_datasets.deep.assets import mine\n"
        'JOBS = [dg.define_asset_job("of_mine", selection=[mine])]\n'
    )
    (package / "deep").mkdir()
    (package / "deep" / "__init__.py").touch()
    (package / "deep" / "assets.py").write_text("import dagster as dg\n@dg.asset\ndef mine() -> None: ...\n")
    found = discover("found_datasets").plain
    assert sorted(type(value).__name__ for value in found) == ["AssetsDefinition", "UnresolvedAssetJobDefinition"]


def test_discovery_names_the_file_that_holds_a_stray_resource(package: Path) -> None:
    (package / "stray.py").write_text("import dagster as dg\n@dg.resource\ndef database(_): ...\n")
    with pytest.raises(DatasetError, match=r"^found_datasets\.stray: database \(ResourceDefinition\)"):
        discover("found_datasets")
