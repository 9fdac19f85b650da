"""`dataops query`: three formats, and a refusal in one line."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dataops_assets import build
from dataops_assets.settings import Settings
from dataops_assets_tests.backends import cloud_storage
from dataops_assets_tests.commands.conftest import Dataops, Result
from dataops_assets_tests.standins.cloud import Cloud

SQL = """select 1 as id, 'a "b", c' as item, 2.5 as price, true as sold, date '2024-01-02' as day, cast(null as string)
as remark union all select 20, 'ü', -1.0, false, date '2024-01-03', 'x' order by id"""


def refused(output: Result) -> str:
    """The one line that says why."""
    assert (output.code, output.out) == (2, "")
    [line] = output.err.splitlines()
    assert line.startswith("dataops query: ")
    return line


def test_csv(dataops: Dataops) -> None:
    output = dataops("query", SQL, "--format", "csv")
    assert (output.code, output.err) == (0, "")
    assert output.out.splitlines() == [
        "id,item,price,sold,day,remark",
        '1,"a ""b"", c",2.5,True,2024-01-02,',
        "20,ü,-1.0,False,2024-01-03,x",
    ]


def test_json(dataops: Dataops) -> None:
    output = dataops("query", SQL, "--format", "json")
    assert (output.code, output.err) == (0, "")
    first, second = map(json.loads, output.out.splitlines())
    assert first["item"] == 'a "b", c'
    assert (first["id"], first["sold"], first["day"], first["remark"]) == (1, True, "2024-01-02", None)
    assert second["item"] == "ü"
    assert "ü" in output.out


def test_table(dataops: Dataops) -> None:
    output = dataops("query", SQL)
    assert (output.code, output.err) == (0, "")
    lines = [line.rstrip() for line in output.out.splitlines()]
    assert lines[0].split() == ["id", "item", "price", "sold", "day", "remark"]
    assert lines[1].startswith(" 1  a ")
    assert lines[2].startswith("20  ü ")


FILE = "{home}/lake/staging/raw_orders/part.csv"
"""Raw, which no query may read past the warehouse, nor overwrite."""
OUTSIDE = "file system operations are disabled"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selec 1", 'syntax error at or near "selec"'),
        ("select * from nowhere", "there is no table nowhere; there are main.kept"),
        ("select * from main.kep", "there is no table kep; did you mean main.kept?"),
        ("select * from prod.kept", "there is no table prod.kept; did you mean main.kept?"),
        ('select * from "staged/kept"', "there is no table staged/kept; did you mean main.kept?"),
        ("select 1 / 'x' as n", "Could not convert string 'x'"),
        ("insert into kept values (2)", "this is no query but INSERT; give one SELECT"),
        ("delete from kept", "DELETE"),
        ("create table more (id bigint)", "CREATE"),
        ("create temp table more (id bigint)", "CREATE"),
        ("merge into kept using (select 1 as b) on id = b when matched then delete", "MERGE_INTO"),
        ("with more as (insert into kept values (2) returning *) select * from more", "read-only"),
        ("", "this is no query but an empty text; give one SELECT"),
        ("-- nothing", "give one SELECT"),
        ("select 1; select 2", "SELECT and SELECT; give one SELECT"),
        (f"copy (select 1) to '{FILE}'", "this is no query but COPY"),
        ("copy (select 1) to '{home}/warehouse.duckdb'", "COPY"),
        (f"select 1; copy kept to '{FILE}'", "SELECT and COPY"),
        ("export database '{home}/lake'", "EXPORT"),
        ("import database '{home}/lake'", "PRAGMA"),
        ("attach '{home}/more.duckdb' as more", "ATTACH"),
        ("set enable_external_access = true", "SET"),
        ("reset threads", "SET"),
        ("use staging", "SET"),
        ("pragma database_list", "PRAGMA"),
        ("call pragma_version()", "CALL"),
        ("install httpfs", "LOAD"),
        ("load httpfs", "LOAD"),
        ("checkpoint", "CALL"),
        ("vacuum", "VACUUM"),
        ("begin", "TRANSACTION"),
        ("prepare p as select 1", "PREPARE"),
        ("explain select 1", "EXPLAIN"),
        ("pivot kept on id", "ON … IN (…)"),
        (f"select * from '{FILE}'", OUTSIDE),
        (f"select * from read_csv('{FILE}')", OUTSIDE),
        (f"select * from read_text('{FILE}')", OUTSIDE),
        (f"select * from read_blob('{FILE}')", OUTSIDE),
        (f"select * from query_table('{FILE}')", OUTSIDE),
        (f"select * from query('select * from read_text(''{FILE}'')')", OUTSIDE),
        ("select * from glob('{home}/*')", OUTSIDE),
        ("select * from read_parquet('https://example.org/x.parquet')", OUTSIDE),
        ("select * from enable_logging()", "the configuration has been locked"),
        ("select getenv('HOME')", "getenv"),
        ("select * from sql", "there is no table sql"),  # no variable of the program
    ],
)
def test_what_is_refused_is_one_line_and_2(dataops: Dataops, home: Path, sql: str, words: str) -> None:
    warehouse = build.load_project().storage.warehouse
    assert warehouse.query("select 1 as n").num_rows == 1
    with duckdb.connect(str(warehouse.path)) as connection:  # type: ignore[attr-defined]
        connection.execute("create table kept as select 1 as id")
    raw = Path(FILE.format(home=home))
    raw.parent.mkdir(parents=True)
    raw.write_text("id\n1\n")
    there = {path for path in home.rglob("*") if path.name != "scratch"}
    assert words in refused(dataops("query", sql.replace("{home}", str(home))))
    assert warehouse.query("select * from kept").to_pylist() == [{"id": 1}]
    assert raw.read_text() == "id\n1\n"
    assert {path for path in home.rglob("*") if path.name != "scratch"} == there


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) as n from kept;",
        "from kept select count(*) as n -- a remark",
        "(select count(*) as n from kept)",
        "with more as (select * from kept) select count(*) as n from more",
        "values (1)",
        "select n from (select count(*) as n from query_table('kept'))",
    ],
)
def test_a_select_in_any_form_is_answered(dataops: Dataops, sql: str) -> None:
    warehouse = build.load_project().storage.warehouse
    warehouse.query("select 1")
    with duckdb.connect(str(warehouse.path)) as connection:  # type: ignore[attr-defined]
        connection.execute("create table kept as select 1 as id")
    output = dataops("query", sql, "--format", "csv")
    assert (output.code, output.err, output.out.splitlines()[1]) == (0, "", "1")


def test_a_query_that_is_larger_than_memory_spills(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into its own folder, which is no file of somebody's: it may."""
    monkeypatch.setenv("DATAOPS_MEMORY_LIMIT", "64MB")
    sql = "select max(n) as n from (select row_number() over (order by md5(range::varchar)) as n from range(1500000))"
    output = dataops("query", sql, "--format", "csv")
    assert (output.code, output.out) == (0, "n\n1500000\n"), output.err


WATCHED = """
import sys
from dataops_assets.cli import main
code = main(sys.argv[1:])
heavy = ("dagster", "pandera", "pandas", "sqlglot", "google.cloud", "httpx", "dataops_assets.datasets")
print("imported:", *(name for name in heavy if name in sys.modules))
sys.exit(code)
"""


@pytest.mark.parametrize("arguments", [["query", "select 1 as n"], ["query", "copy x to y"], ["query", "select"]])
def test_a_query_imports_nothing_of_what_a_run_needs(home: Path, arguments: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-c", WATCHED, *arguments], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "imported:", ran
    assert ran.returncode == (0 if arguments[-1] == "select 1 as n" else 2)


@pytest.mark.slow
def test_bigquery_refuses_in_one_line_too(
    dataops: Dataops, cloud: Cloud, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use(name: str, **more: object) -> build.Project:
        project = build.Project(Settings(home=home), build.discover())
        project.storage = cloud_storage(cloud.project, home / name, [], **more)  # type: ignore[misc]
        monkeypatch.setattr("dataops_assets.commands.query.reader", lambda settings: project.storage.warehouse)
        return project

    project = use("one")
    client, dataset = cloud.bigquery(), cloud.name("dataset")
    client.create_dataset(dataset)
    client.query(f"create table {dataset}.kept as select id from unnest(generate_array(1, 2000)) as id").result()
    output = dataops("query", f"select count(*) as n from {dataset}.kept", "--format", "csv")
    assert (output.code, output.out) == (0, "n\n2000\n"), output.err
    assert "selec" in refused(dataops("query", "selec 1"))
    assert "nowhere" in refused(dataops("query", "select * from nowhere.kept"))
    staging = project.storage.warehouse.staging
    client.create_dataset(staging)
    client.query(f"create table {staging}.raw_orders as select 1 as id").result()
    for table in (f"{staging}.raw_order", "orders"):
        line = f"dataops query: there is no table {table}; did you mean {staging}.raw_orders?"
        assert refused(dataops("query", f"select * from {table}")) == line
    for sql, kind in [
        (f"insert into {dataset}.kept values (0)", "INSERT"),
        (f"delete from {dataset}.kept where true", "DELETE"),
        (f"drop table {dataset}.kept", "DROP_TABLE"),
        (f"select 1; delete from {dataset}.kept where true", "SCRIPT"),
        ("select 1; select 2", "SCRIPT"),
        (f"create table {dataset}.more as select 1 as id", "CREATE_TABLE_AS_SELECT"),
        ("-- nothing", "an empty text"),
    ]:
        assert f"this is no query but {kind}" in refused(dataops("query", sql))
    sql = f"select max(id) as n from {dataset}.kept"
    assert dataops("query", sql, "--format", "csv").out == "n\n2000\n", "nothing was changed"
    use("limited", max_bytes_billed=8000)
    assert "DATAOPS_MAX_BYTES_BILLED" in refused(dataops("query", sql))


def test_columns_of_one_name_are_all_shown(dataops: Dataops) -> None:
    sql = "select 1 as a, 2 as a, 3 as a_1"
    assert dataops("query", sql, "--format", "csv").out.splitlines() == ["a,a,a_1", "1,2,3"]
    assert json.loads(dataops("query", sql, "--format", "json").out) == {"a": 1, "a_2": 2, "a_1": 3}
    assert dataops("query", sql).out.split() == ["a", "a", "a_1", "1", "2", "3"]


def test_json_is_json(dataops: Dataops) -> None:
    sql = "select 'nan'::double as n, [1, null] as l, {'a': 1.5::decimal(3, 1)} as s, 'ab'::blob as b"
    assert json.loads(dataops("query", sql, "--format", "json").out) == {
        "n": None,
        "l": [1, None],
        "s": {"a": "1.5"},
        "b": "6162",
    }


def test_a_large_answer_is_not_laid_out_as_a_table(dataops: Dataops) -> None:
    lines = dataops("query", "select * from range(3000)").out.splitlines()
    assert len(lines) == 1002
    assert lines[-1] == "… and 2,000 more rows; --format csv or json gives all"
    assert len(dataops("query", "select * from range(3000)", "--format", "csv").out.splitlines()) == 3001


@pytest.mark.parametrize("function", ["read_blob", "READ_TEXT", "glob", "sniff_csv"])
def test_the_warehouse_file_itself_is_no_table(dataops: Dataops, home: Path, function: str) -> None:
    assert dataops("query", "select 1").code == 0
    output = dataops("query", f"with x as (select * from {function}('{home}/warehouse.duckdb')) select count(*) from x")
    assert output.code in (1, 2)
    assert "a query reads tables, and no file" in output.err
