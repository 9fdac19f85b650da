"""Plain assets on the lake's IO manager: every kind of partitions, versions that never change, and raw as an input."""

from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.io.plain.warehouse import Query
from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.manifest import Manifest
from dataops_assets.layers.partitioning import partitions_def
from dataops_assets.model import Contract, Daily, Date, Integer, Source, column
from dataops_assets_tests.io.lake_place import CURRENT, DAILY, LakePlace, asset_of, by_day
from dataops_assets_tests.io.place import BOTH, frame, metadata
from dataops_assets_tests.lake.places import damage, objects
from dataops_assets_tests.place import Scripted, jsonl
from dataops_assets_tests.support import make_project, materialize, succeed


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> LakePlace:
    if request.param == "local":
        return LakePlace(tmp_path, LocalStore(tmp_path / "lake"))
    cloud = request.getfixturevalue("gcs")
    from google.cloud import storage

    client = storage.Client(project=cloud.project)
    name = cloud.name("bucket")
    client.create_bucket(name)
    return LakePlace(tmp_path, GCSStore(client, name, prefix="lake"))


@pytest.mark.parametrize("place", ["local", "cloud"], indirect=True)
def test_versions_stay_and_the_same_rows_are_stored_once(place: LakePlace) -> None:
    rows = pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=pd.Index([7, 8]))
    things = asset_of(rows, "things", None)
    shown = metadata(place.wrote(things), "sales__things")
    current = "assets/sales/things/current.json"
    version = place.version(current)
    assert (shown["dagster/row_count"], shown["rows_written"], shown["version"]) == (2, 2, version)
    assert shown["dagster/uri"] == place.store.uri(f"assets/sales/things/version={version}/")
    assert [(column.name, column.type) for column in shown["dagster/column_schema"].columns] == [
        ("a", "int64"),
        ("b", "string"),
    ]
    before = objects(place.store)
    assert len(before) == 3
    place.wrote(asset_of(pa.table({"a": pa.array([1, 2], pa.int8()), "b": ["x", None]}), "things", None))
    assert objects(place.store) == before, "the same rows, in another way"
    place.wrote(asset_of(pa.table({"c": [1.5]}).to_reader(), "things", None))
    after = objects(place.store)
    assert {path: content for path, content in after.items() if path in before and path != current} == {
        path: content for path, content in before.items() if path != current
    }
    assert place.got(things, pa.Table).to_pydict() == {"c": [1.5]}
    place.wrote(things)
    assert place.version(current) == version
    pd.testing.assert_frame_equal(place.got(things), rows.reset_index(drop=True).convert_dtypes(), check_dtype=False)
    assert "has no partitions" in place.refused(asset_of({"x": rows}, "things", None))


KINDS: dict[str, tuple[Any, list[str]]] = {
    "days": (DAILY, ["2024-01-01", "2024-01-02", "2024-01-03"]),
    "hours": (dg.HourlyPartitionsDefinition("2024-01-01-00:00", end_date="2024-01-01-02:00"), []),
    "static": (dg.StaticPartitionsDefinition(["small", "it's/..", "a|b=c", "Ü %2F", ".."]), []),
    "dynamic": (dg.DynamicPartitionsDefinition(name="d"), ["z", "y/1"]),
    "multi": (dg.MultiPartitionsDefinition({"shop": dg.StaticPartitionsDefinition(["b/1", "a"]), "day": DAILY}), []),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_partitions(place: LakePlace, kind: str) -> None:
    partitions, keys = KINDS[kind]
    if kind == "dynamic":
        place.instance.add_dynamic_partitions("d", keys)
    keys = keys or [str(key) for key in partitions.get_partition_keys()]

    def asset(value: int) -> dg.AssetsDefinition:
        return asset_of(lambda keys: {key: frame(key=[str(key)], value=value) for key in keys}, kind, partitions)

    first = place.wrote(asset(1), key=keys[0], to=keys[-1])
    written = [event.materialization for event in first.all_events if event.is_step_materialization]
    assert sorted(str(one.partition) for one in written) == sorted(keys)
    assert {str(one.metadata["dagster/partition_row_count"].value) for one in written} == {"1"}
    assert len({str(one.metadata["dagster/uri"].value) for one in written}) == len(keys)
    one = asset_of(frame(key=[keys[1]], value=2), kind, partitions)
    assert metadata(place.wrote(one, key=keys[1]), f"sales__{kind}")["dagster/partition_row_count"] == 1

    assert place.got(asset(1), pd.DataFrame, key=keys[1])["value"].to_list() == [2]
    skipping: Any = {"allow_missing_partitions": True}  # of days that nobody wrote
    whole = place.got(asset(1), **skipping)
    assert whole["key"].to_list() == keys, "in the order of their definition"
    parts = place.got(asset(1), dict[str, pa.Table], **skipping)
    assert {key: table["value"].to_pylist() for key, table in parts.items()} == {
        key: [2 if key == keys[1] else 1] for key in keys
    }


def test_what_a_run_of_several_partitions_may_return(place: LakePlace) -> None:
    place.wrote(by_day(1), key="2024-01-01", to="2024-01-03")
    before = objects(place.store)
    rows = frame(value=[2])
    wrong = {
        "Return a dict with a DataFrame or an Arrow table for each of context.partition_keys": rows,
        "has no rows of 2024-01-03 and has rows of 2024-02-01": {"2024-01-02": rows, "2024-02-01": rows},
        "partition 2024-01-03: returned NoneType": {"2024-01-02": rows, "2024-01-03": None},
        "columns of different types": {"2024-01-02": rows, "2024-01-03": frame(value=["x"])},
        "2024-01-03: no rows came back, where 2 rows are": {"2024-01-02": rows, "2024-01-03": frame(value=[])},
        "column 'value' is there 2 times": {"2024-01-02": rows, "2024-01-03": pd.concat([rows, rows], axis=1)},
        "io_manager_key='warehouse'": Query("select 1"),
        "what can be stored is a pandas DataFrame": {"2024-01-02": "text", "2024-01-03": rows},
    }
    for message, value in wrong.items():
        assert message in place.refused(asset_of(value), key="2024-01-02", to="2024-01-03")
    assert "the run names none" in place.refused(asset_of(rows))
    place.wrote(asset_of(None), key="2024-01-02", to="2024-01-03")
    assert objects(place.store) == before
    place.wrote(asset_of(frame(value=[]), metadata={"allow_empty": True}), key="2024-01-02")
    assert len(place.got(by_day(1), key="2024-01-02")) == 0


def test_partitions_of_different_columns(place: LakePlace) -> None:
    daily = by_day(1)
    for day, rows in enumerate((frame(a=[1], b=["x"]), frame(a=[1.5]), frame(a=[pd.Timedelta("1s")])), start=1):
        place.wrote(asset_of(rows), key=f"2024-01-0{day}")
    with pytest.raises(AssertionError, match=r"different types.*annotate the input dict"):
        place.got(daily, allow_missing_partitions=True)
    parts = place.got(daily, dict[str, pd.DataFrame], allow_missing_partitions=True)
    assert [part["a"][0] for part in parts.values()] == [1, 1.5, pd.Timedelta("1s")]
    place.wrote(asset_of(frame(a=[2], c=[b"y"])), key="2024-01-03")
    whole = place.got(daily, allow_missing_partitions=True, columns=["c", "a"])
    assert whole.columns.to_list() == ["c", "a"]
    assert whole["a"].to_list() == [1, 1.5, 2]
    assert whole["c"].isna().to_list() == [True, True, False]
    with pytest.raises(AssertionError, match=r"asks for the columns \['d'\]"):
        place.got(daily, key="2024-01-02", columns=["d", "a"])
    assert "can be read as pandas.DataFrame or pyarrow.Table" in place.not_got(daily, str, key="2024-01-02")


def test_an_asset_that_reads_its_own_yesterday(place: LakePlace) -> None:
    yesterday = dg.TimeWindowPartitionMapping(-1, -1, allow_nonexistent_upstream_partitions=True)

    @dg.asset(partitions_def=DAILY, ins={"running": dg.AssetIn(partition_mapping=yesterday)})
    def running(running: pd.DataFrame) -> pd.DataFrame:
        return frame(total=[int(running["total"].sum()) + 1 if len(running) else 1])

    for key in ("2024-01-01", "2024-01-02", "2024-01-04", "2024-01-02"):
        place.wrote(running, key=key)
    assert place.got(running, allow_missing_partitions=True)["total"].to_list() == [1, 2, 1]


@pytest.mark.parametrize("place", ["local", "cloud"], indirect=True)
def test_what_is_missing_or_damaged_is_named_and_mended(place: LakePlace) -> None:
    daily = by_day(1)
    assert "nothing is stored in" in place.not_got(asset_of(None, "things", None))
    place.wrote(daily, key="2024-01-01", to="2024-01-02")
    message = place.not_got(daily)
    assert "sales/daily: 2 of 4 partitions are not in" in message
    assert "2024-01-03, 2024-01-04; materialize these partitions of sales/daily first" in message
    folder = CURRENT.replace("current.json", f"version={place.version()}")
    sound = place.store.read(f"{folder}/part-00000.parquet")
    wrongs = {
        "is missing": None,
        "has another SHA-256": sound[::-1],
        f"has {len(sound) - 1} bytes, the manifest says {len(sound)}": sound[:-1],
    }
    for wrong, content in wrongs.items():
        folder = CURRENT.replace("current.json", f"version={place.version()}")
        damage(place.store, f"{folder}/part-00000.parquet", content)
        message = place.not_got(daily, key="2024-01-02")
        assert f"sales/daily, partition 2024-01-02: {place.store.uri(folder)}/part-00000.parquet {wrong}" in message
        assert "materialize sales/daily, partition 2024-01-02 again" in message
        place.wrote(daily, key="2024-01-02")
        assert len(place.got(daily, key="2024-01-02")) == 2, "stored anew, beside what is damaged"
    for path in (CURRENT.replace("current.json", f"version={place.version()}/manifest.json"), CURRENT):
        damage(place.store, path, b"{")
        assert f"{path} cannot be read" in place.not_got(daily, key="2024-01-02")
        place.wrote(daily, key="2024-01-02")
        assert len(place.got(daily, key="2024-01-02")) == 2


def test_ops_and_readers_outside_of_a_run(place: LakePlace) -> None:
    place.wrote(by_day(3), key="2024-01-02")
    definitions = dg.Definitions([by_day(3)], resources={"io_manager": place.io_manager})
    loaded: Any = definitions.load_asset_value(["sales", "daily"], partition_key="2024-01-02", python_type=pa.Table)
    assert loaded["value"].to_pylist() == [3, 3]
    one, two = (dg.op(name=f"op{n}")(lambda context: frame(a=[context.op.name])) for n in (1, 2))
    join = dg.op(name="join", out={})(lambda x, y: seen.extend([*x["a"], *y["a"]]))
    seen: list[str] = []
    graph = dg.graph(name="g")(lambda: join(one(), two()) and None)
    assert graph.to_job(resource_defs={"io_manager": place.io_manager}).execute_in_process().success
    assert seen == ["op1", "op2"]


class Counted(Contract):
    """One row a day."""

    day: Date = column("Day.")
    n: Integer = column("Number.")


def test_raw_is_given_as_its_attempts(tmp_path: Path) -> None:
    scripted, whole = Scripted(), Scripted()
    sources = [
        Source("counted", scripted, Counted, partition=Daily(start="2024-01-01", end="2024-01-04", column="day")),
        Source("whole", whole, Counted),
    ]
    seen: dict[str, Any] = {}

    @dg.asset(ins={"counted": dg.AssetIn(["raw", "counted"]), "whole": dg.AssetIn(["raw", "whole"])})
    def sizes(counted: dict[str, list[Manifest]], whole) -> None:
        seen.update(counted=counted, whole=whole)

    @dg.asset(
        ins={"up": dg.AssetIn(["raw", "counted"])},
        partitions_def=partitions_def(sources[0].partition),
        io_manager_key="lake",
    )
    def one_day(up: dict) -> pd.DataFrame:
        seen["one day"] = up
        return frame(rows=[manifest.rows for manifests in up.values() for manifest in manifests])

    @dg.asset(ins={"up": dg.AssetIn(["raw", "whole"])}, io_manager_key="lake")
    def misread(up: pd.DataFrame) -> None: ...

    project = make_project(tmp_path, *sources, sizes, one_day, misread)
    for numbers in ([1], [1, 2]):
        scripted.answer("2024-01-02", jsonl(*({"day": "2024-01-02", "n": n} for n in numbers)))
        succeed(project, "raw/counted", "2024-01-01", "2024-01-02")
    succeed(project, "raw/whole,sizes")
    succeed(project, "one_day", "2024-01-02")
    assert {day: [m.rows for m in manifests] for day, manifests in seen["counted"].items()} == {
        "2024-01-01": [0, 0],
        "2024-01-02": [1, 2],
        "2024-01-03": [],
    }
    assert project.storage.staging.folders("assets/one_day/") == ["partition=2024-01-02"]
    assert seen["one day"] == {"2024-01-02": seen["counted"]["2024-01-02"]}
    assert [type(manifest) for manifest in seen["whole"][None]] == [Manifest]
    [failed] = materialize(project, "misread")
    assert "read staged/whole for the rows" in str(failed.problems)
