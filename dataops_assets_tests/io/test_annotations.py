"""What an input may be annotated with, and outputs of ops, which have no key: each is read as it was written."""

from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.io.lake import LakeIOManager
from dataops_assets.io.plain.target import PlainTableError
from dataops_assets_tests.io.place import BOTH, Place, on_both

each = pytest.mark.parametrize("place", BOTH, indirect=True)

DAILY = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03")
DAYS = ["2024-01-01", "2024-01-02"]


def execute(place: Place, job: dg.JobDefinition) -> None:
    result = job.execute_in_process(resources={"io_manager": place.io_manager}, instance=place.instance)
    assert result.success


@on_both
def test_two_ops_without_schema_or_key_are_told_apart(place: Place) -> None:
    """Dagster calls the output of each "result"; its own IO manager gives a reader the rows of one of them twice."""
    seen: dict[str, list[int]] = {}

    @dg.op
    def one() -> pd.DataFrame:
        return pd.DataFrame({"a": [1]})

    @dg.op(out={"rows": dg.Out()})
    def two():
        return pd.DataFrame({"a": [2]})

    @dg.op(out={"rows": dg.Out()})
    def three():
        return pd.DataFrame({"a": [3]})

    @dg.op
    def read(one: pd.DataFrame, again: pd.DataFrame, two: pd.DataFrame, three: pd.DataFrame) -> None:
        seen.update(one=[*one["a"]], again=[*again["a"]], two=[*two["a"]], three=[*three["a"]])

    @dg.job
    def job() -> None:
        read(one(), one.alias("again")(), two(), three())

    execute(place, job)
    assert seen == {"one": [1], "again": [1], "two": [2], "three": [3]}


@each
def test_an_op_that_says_its_schema_keeps_its_outputs_name(place: Place) -> None:
    @dg.op(out={"orders": dg.Out(metadata={"schema": "shop"})})
    def load():
        return pd.DataFrame({"a": [1]})

    @dg.job
    def job() -> None:
        load()

    execute(place, job)
    assert place.rows("shop.orders") == [(1,)]


def test_two_ops_that_say_the_same_table_are_refused(local: Place) -> None:
    @dg.op(out=dg.Out(metadata={"schema": "shop"}))
    def one() -> pd.DataFrame:
        return pd.DataFrame({"a": [1]})

    @dg.op
    def read(one: pd.DataFrame, two: pd.DataFrame) -> None: ...

    @dg.job
    def job() -> None:
        read(one(), one.alias("two")())

    with pytest.raises(PlainTableError, match="the op 'two' writes its output 'result' to the same table; nothing was"):
        job.execute_in_process(resources={"io_manager": local.io_manager}, instance=local.instance)
    with local.warehouse.session() as session, session.reading():
        assert not session.exists("shop", "result")


@each
def test_dynamic_outputs_are_told_apart_and_collected(place: Place) -> None:
    seen: list[list[str]] = []

    @dg.op(out=dg.DynamicOut(metadata={"schema": "shop"}))
    def parts():
        for name in ("a", "b"):
            yield dg.DynamicOutput(pd.DataFrame({"name": [name]}), mapping_key=name)

    @dg.op(out={"twice": dg.Out(metadata={"schema": "shop"})})
    def double(rows: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([rows, rows])

    @dg.op
    def read(parts: list[pd.DataFrame]) -> None:
        seen.extend([*part["name"]] for part in parts)

    @dg.job
    def job() -> None:
        read(parts().map(double).collect())

    execute(place, job)
    assert sorted(seen) == [["a", "a"], ["b", "b"]]


def read_as(place: Place, kind: Any, definition: dg.PartitionsDefinition | None, manager: Any) -> Any:
    """What an input with this annotation is given, of an asset with two rows; of two days, if it has partitions."""
    seen = []
    partitioned: dict[str, Any] = (
        {"partitions_def": definition, "metadata": {"partition_expr": "day"}} if definition else {}
    )

    @dg.asset(**partitioned)
    def up(context: dg.AssetExecutionContext) -> pd.DataFrame:
        days = [context.partition_key] if definition else DAYS
        return pd.DataFrame({"day": pd.to_datetime(days)})

    def down(up: Any) -> None:
        seen.append(up)

    down.__annotations__["up"] = kind
    reader = dg.asset(ins={"up": dg.AssetIn("up")})(down)
    resources = {"io_manager": manager}
    written: Any = up
    for key in DAYS if definition else [None]:
        assert dg.materialize([written], resources=resources, partition_key=key, instance=place.instance).success
    assert dg.materialize([written, reader], selection=[reader], resources=resources, instance=place.instance).success
    return seen[0]


@pytest.fixture(params=["warehouse", "lake"])
def manager(request: pytest.FixtureRequest, place: Place) -> Any:
    return place.io_manager if request.param == "warehouse" else LakeIOManager(place.io_manager._open_storage, "test")


@each
@pytest.mark.parametrize("kind", [pd.DataFrame | None, pa.Table | None])
def test_an_optional_table_is_the_table(place: Place, manager: Any, kind: Any) -> None:
    assert len(read_as(place, kind, None, manager)) == 2


@each
@pytest.mark.parametrize("kind", [dict[str, pd.DataFrame], dict[str, pa.Table] | None])
def test_a_dict_has_the_rows_of_each_partition(place: Place, manager: Any, kind: Any) -> None:
    found = read_as(place, kind, DAILY, manager)
    assert list(found) == DAYS
    assert [len(rows) for rows in found.values()] == [1, 1]
    last = found[DAYS[1]]
    frame = last.to_pandas() if isinstance(last, pa.Table) else last
    assert [str(day)[:10] for day in frame["day"]] == [DAYS[1]]


def test_a_dict_of_a_table_without_partitions_is_refused(local: Place) -> None:
    @dg.asset
    def up() -> pd.DataFrame:
        return pd.DataFrame({"a": [1]})

    @dg.asset
    def down(up: dict[str, pd.DataFrame]) -> None: ...

    message = local.refused(up, down)
    assert "annotated typing.Dict[str, pandas" in message
    assert "an asset with partitions" in message
