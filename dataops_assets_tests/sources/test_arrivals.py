"""From the name of a file to its partition, and back."""

from pathlib import Path

import pytest

from dataops_assets.model import Daily, Hourly, Monthly, Partition, TimePartitions
from dataops_assets.sources import Env, Files, PermanentSourceError, Request
from dataops_assets.sources.arrivals import NotReversible, PartitionPath

DAYS = Daily(start="2013-01-01", end="2014-01-01", column="day")
HOURS = Hourly(start="2013-01-01", column="at")
MONTHS = Monthly(start="2013-01-01", column="day")


def rendered(template: str, partition: Partition) -> str:
    """The name that an extraction asks for."""
    return template.format(partition=partition)


@pytest.mark.parametrize(
    ("by", "key", "template"),
    [
        (DAYS, "2013-03-05", "/data/weather-{partition.start:%Y-%m-%d}.csv"),
        (DAYS, "2013-03-05", "/data/{partition.start:%Y/%m/%d}/weather.csv"),
        (DAYS, "2013-03-05", "/data/{partition.start:%Y}/{partition.start:%m}/{partition.start:%Y%m%d}.csv"),
        (DAYS, "2013-03-05", "gs://bucket/{partition.key}.jsonl.gz"),
        (DAYS, "2013-03-05", "/data/{partition.folder}/part.parquet"),
        (DAYS, "2013-03-05", "/data/until-{partition.end:%Y-%m-%d}.csv"),
        (DAYS, "2013-03-05", "/data/{partition.start:%d%b%Y}.csv"),
        (DAYS, "2013-03-05", "/data/{partition.start:%y%j}.csv"),
        (DAYS, "2013-03-05", "/data/{{x}}/{partition.start:%Y-%m-%d}_{partition.end:%Y-%m-%d}.csv"),
        (HOURS, "2013-03-05-07:00", "/data/{partition.start:%Y-%m-%dT%H}.csv"),
        (HOURS, "2013-03-05-07:00", "/data/{partition.folder}/x.csv"),
        (MONTHS, "2013-03-01", "/data/{partition.start:%Y-%m}.csv"),
        (MONTHS, "2013-12-01", "/data/{partition.end:%Y-%m}.csv"),
    ],
)
def test_there_and_back(by: TimePartitions, key: str, template: str) -> None:
    partition = by.of(key)
    assert PartitionPath("", template, by).partition_of(rendered(template, partition)) == partition


def test_wildcards_stay_within_a_folder() -> None:
    path = PartitionPath("/in/", "**/{partition.key}/part-?[0-9]*.csv", DAYS)
    assert path.pattern == "/in/**/*/part-?[0-9]*.csv"
    assert path.partition_of("/in/2013-01-05/part-a7.csv").key == "2013-01-05"
    assert path.partition_of("/in/a/b/2013-01-05/part-a7x.csv").key == "2013-01-05"
    for other in ("/in/2013-01-05/more/part-a7.csv", "/in/2013-01-05/part-7.csv", "/elsewhere/2013-01-05/part-a7.csv"):
        with pytest.raises(ValueError):
            path.partition_of(other)


@pytest.mark.parametrize("template", ["*{}", "{}*", "*{}*", "?{}", "*{}*.csv", "export-*{}*.csv", "**/*{}*/x-*.csv"])
@pytest.mark.parametrize("by", [DAYS, HOURS, MONTHS])
@pytest.mark.parametrize("word", ["{partition.key}", "{partition.folder}", "{partition.start:%Y%m%d%H}"])
def test_a_wildcard_beside_a_key_leaves_all_of_it(template: str, by: TimePartitions, word: str) -> None:
    partition = by.at(by.start).end
    path = PartitionPath("", template.replace("{}", word), by)
    name = rendered(template.replace("{}", word), by.at(partition))
    for text in ("", "x", "a-b", "7"):
        message = name.replace("**/", "").replace("*", text).replace("?", "y")
        assert path.partition_of(message) == by.at(partition), message


@pytest.mark.parametrize(
    ("template", "name", "key"),
    [
        # A time of day behind the date, which the greedy reading takes for a date of the year 512.
        ("*{partition.start:%Y%m%d}*.csv", "export-20130305121212.csv", "2013-03-05"),
        ("*{partition.start:%B-%d-%Y}.csv", "report-March-05-2013.csv", "2013-03-05"),
        ("*{partition.start:%y%m%d}*.csv", "export-130305_1.csv", "2013-03-05"),
        ("{partition.key}*.csv", "2013-03-05.csv", "2013-03-05"),
    ],
)
def test_a_name_is_read_in_the_one_way_that_is_on_the_calendar(template: str, name: str, key: str) -> None:
    assert PartitionPath("", template, DAYS).partition_of(name).key == key


def test_a_name_of_several_partitions_belongs_to_none() -> None:
    path = PartitionPath("", "*{partition.key}*.csv", DAYS)
    with pytest.raises(ValueError, match="its name says several partitions, 2013-03-05, 2013-03-06"):
        path.partition_of("2013-03-05_2013-03-06.csv")


@pytest.mark.parametrize(
    ("by", "template", "name"),
    [
        (MONTHS, "{partition.start:%Y-%m-%d}.csv", "2013-03-15.csv"),
        (DAYS, "{partition.start:%Y-%m-%d}_{partition.end:%Y-%m-%d}.csv", "2013-03-05_2013-03-09.csv"),
        (DAYS, "{partition.folder}/x.csv", "date=2013-3-5/x.csv"),
    ],
)
def test_a_name_that_no_partition_has(by: TimePartitions, template: str, name: str) -> None:
    """An extraction would not find these files, and so they are no arrivals."""
    with pytest.raises(ValueError, match="its name"):
        PartitionPath("", template, by).partition_of(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/in/2013-02-30.csv", "day is out of range"),
        ("/in/2014-01-01.csv", "not between '2013-01-01' and '2013-12-31'"),
        ("/in/2012-12-31.csv", "not between"),
        ("/in/20130105.csv", "its name does not say"),
    ],
)
def test_strangers(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        PartitionPath("/in/", "{partition.start:%Y-%m-%d}.csv", DAYS).partition_of(name)


@pytest.mark.parametrize(
    ("by", "template", "reason"),
    [
        (DAYS, "{partition.start:%Y-%m}.csv", "does not say all of the date"),
        (HOURS, "{partition.start:%Y-%m-%d}.csv", "does not say all of the hour"),
        (DAYS, "{partition.start:%Y-%U-%w}.csv", "%U in '%Y-%U-%w' cannot be read back"),
        (DAYS, "{partition.start}.csv", "needs a form"),
        (DAYS, "{partition.unit}.csv", "does not tell which partition"),
    ],
)
def test_paths_that_do_not_say_enough(by: TimePartitions, template: str, reason: str) -> None:
    with pytest.raises(NotReversible, match=reason):
        PartitionPath("", template, by)


def test_the_files_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCOMING", str(tmp_path))
    files = Files(Env("INCOMING") / "{partition.key}-*.csv")
    for name in ("2013-01-06-a.csv", "2013-01-05-b.csv", "2013-01-05-a.csv", "2014-01-05-a.csv", "readme-a.csv", "x"):
        (tmp_path / name).write_text("a\n1\n")
    arrivals = files.arrivals("orders", DAYS)
    found = {partition.key: [Path(e.path).name for e in entries] for partition, entries in arrivals.files.items()}
    assert found == {"2013-01-05": ["2013-01-05-a.csv", "2013-01-05-b.csv"], "2013-01-06": ["2013-01-06-a.csv"]}
    assert [Path(path).name for path in arrivals.strangers] == ["2014-01-05-a.csv", "readme-a.csv"]
    for partition, entries in arrivals.files.items():
        read = [list(file.chunks) and file.name for file in files.extract(Request("orders", partition)).files]
        assert read == [Path(entry.path).name for entry in entries]


def test_errors_name_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INCOMING", raising=False)
    with pytest.raises(PermanentSourceError, match="orders: the environment variable INCOMING is not set"):
        Files(Env("INCOMING") / "{partition.key}.csv").arrivals("orders", DAYS)
    with pytest.raises(PermanentSourceError, match=r"orders: .* does not say all of the date"):
        Files("/in/{partition.start:%Y}.csv").arrivals("orders", DAYS)


def test_which_paths_have_partitions() -> None:
    assert Files(Env("INCOMING") / "{partition.key}.csv").by_partition
    assert Files("/in/{partition.start:%Y-%m-%d}.csv").by_partition
    assert not Files("/in/all.csv").by_partition
    assert not Files(Env("INCOMING")).by_partition
