"""`dataops status`: what failed and why, what it holds back, what is stale and missing; its commands mend all of it."""

import json
import re
import shlex
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets import build
from dataops_assets.commands.details import print_details
from dataops_assets.commands.summaries import AssetSummary, Flagged
from dataops_assets.discovery import Datasets
from dataops_assets.layers import assets
from dataops_assets.model import Contract, Daily, Date, Integer, Severity, Text, column
from dataops_assets.runs import runner
from dataops_assets.sources.base import Extraction, Request, TransientSourceError
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.place import Scripted, source
from dataops_assets_tests.proofs.shop import CALENDAR, DAYS, SALES, Orders, offer, sources
from dataops_assets_tests.proofs.shop import trend as shop_trend

ONE, TWO, THREE, FOUR, FIVE = DAYS
ALL = f"{ONE}..{FIVE}"
NOTHING = "nothing failed, nothing is stale, nothing is missing"


def lines(text: str) -> list[str]:
    """The lines of an output, with one space for many."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def figures(text: str) -> dict[str, dict[str, str]]:
    """The table, by asset and column: figures end where the name of their column ends."""
    header, *rest = text.split("\n\n")[0].splitlines()
    ends = {match[0]: match.end() for match in re.finditer(r"\S+", header)}
    names = ("loaded", "missing", "failed", "held", "stale")
    return {line.split()[0]: {name: line[: ends[name]].split()[-1] for name in names} for line in rest}


def part(text: str, heading: str) -> list[str]:
    """The lines below a heading, up to the next one."""
    found = [block for block in text.split("\n\n") if block.lstrip("\n").startswith(heading)]
    return lines(found[0])[1:] if found else []


def commands(text: str) -> list[list[str]]:
    """What it says to run."""
    return [shlex.split(line)[1:] for line in lines(text) if line.startswith("dataops run")]


def test_a_fresh_project_says_one_thing_and_makes_nothing(dataops: Dataops, home: Path) -> None:
    result = dataops("status")
    assert (result.code, result.err) == (0, "")
    assert {each["missing"] for asset, each in figures(result.out).items() if "raw/" not in asset} == {"5"}
    assert result.out.split("\n\n")[1:] == [
        f"nothing is loaded yet; load it all:\n    dataops run --partitions {ALL}\n"
    ]
    assert not (home / "dagster").exists()
    assert not (home / "lake").exists()


def test_after_a_good_run_there_is_nothing_to_say(dataops: Dataops, home: Path) -> None:
    offer(home, dict.fromkeys(DAYS, "old"))
    assert dataops("run", "--partitions", ALL).code == 0
    result = dataops("status")
    assert result.out.split("\n\n")[2:] == [f"{NOTHING}\n"]
    assert part(result.out, "rows in quarantine")[0] == f"staged/orders {ONE}..{FIVE} (5) 5 rows"
    assert {each["loaded"] for asset, each in figures(result.out).items()} == {"5"}


def test_a_failed_day_its_reason_what_it_holds_back_and_what_mends_it(dataops: Dataops, home: Path) -> None:
    offer(home, {ONE: "old", TWO: "old", THREE: "old"})
    assert dataops("run", "--partitions", f"{ONE}..{THREE}").code == 0
    offer(home, {TWO: "bad", FOUR: "bad"})
    assert dataops("run", "--partitions", f"{TWO}..{FOUR}").code == 1
    result = dataops("status")
    assert result.code == 0

    table = figures(result.out)
    assert [table["staged/stock"][name] for name in ("loaded", "missing", "failed", "held")] == ["3", "2", "2", "0"]
    assert [table["production/sales"][name] for name in ("loaded", "missing", "failed", "held")] == ["3", "2", "0", "2"]
    failed = part(result.out, "failed")
    assert failed[0] == f"staged/stock {TWO}, {FOUR} what was there before stands for {TWO}"
    assert failed[1].startswith("3 of 3 rows would go to quarantine, more than the 10.0%")
    assert failed[2] == "the rows for which it was stopped:"
    assert failed[3] == f"dataops quarantine show stock --partition {FOUR}"
    assert failed[4:] == [
        "correct the source or the contract, then:",
        f"dataops run --select +staged/stock+ --partitions {TWO}",
        f"dataops run --select +staged/stock+ --partitions {FOUR}",
    ]
    # The trend reads the day before, too.
    assert part(result.out, "held back") == [
        f"transformed/sales {TWO}, {FOUR} because staged/stock failed",
        f"production/sales {TWO}, {FOUR} because staged/stock failed",
        f"transformed/trend {TWO}..{FOUR} (3) because staged/stock failed",
    ]
    assert part(result.out, "stale") == []
    missing = part(result.out, "missing, beside what failed or is held back")
    assert missing[0].startswith(f"{FIVE} raw/orders, raw/stock, staged/orders, ")
    assert f"{FOUR}..{FIVE} (2) production/trend" in missing

    # What is mended but not built yet is still held back, and that is said.
    offer(home, {TWO: "new", FOUR: "new", FIVE: "new"})
    assert dataops("run", "--select", "raw/*,staged/*", "--partitions", f"{TWO}..{FOUR}").code == 0
    result = dataops("status")
    assert part(result.out, "failed") == []
    held = part(result.out, "held back")
    assert f"transformed/sales {TWO}, {FOUR} because staged/stock failed, which is mended by now" in held
    assert held[3] == "what held them back is mended; build them:"
    until_all_is_well(dataops)


def until_all_is_well(dataops: Dataops) -> None:
    """Run what `status` says to run, until there is nothing to say. Of two causes, mending one alone is not enough."""
    ran = []
    for _ in range(4):
        result = dataops("status")
        if NOTHING in result.out:
            assert ran[-1].code == 0, ran[-1].err
            return
        ran += [dataops(*command) for command in commands(result.out)]
    raise AssertionError(dataops("status").out)


class Lenient(Contract):
    """Sales of days with more orders, too."""

    day: Date = column("Day of the orders.")
    item: Text = column("What was ordered.")
    orders: Integer = column("How many orders.", le=99)
    cents: Integer = column("Sum of their prices.", unit="cents", ge=0)
    pieces: Integer = column("How many there were in stock.", nullable=True)


@pytest.mark.slow
def test_the_commands_of_a_failed_day_mend_it_all(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(home, {ONE: "old", TWO: "bad", THREE: "many", FOUR: "old", FIVE: "old"})
    assert dataops("run", "--partitions", ALL).code == 1
    failed = part(dataops("status").out, "failed")
    assert [line.split()[0] for line in failed if "/" in line.split()[0]] == ["staged/stock", "transformed/sales"]
    offer(home, {TWO: "old"})
    use(monkeypatch, Datasets(sources(home), (replace(SALES, contract=Lenient), shop_trend)))
    until_all_is_well(dataops)


@pytest.mark.slow
def test_a_hole_in_the_history_is_a_warning_and_stale_once_it_is_filled(dataops: Dataops, home: Path) -> None:
    offer(home, dict.fromkeys(DAYS, "old"))
    assert dataops("run", "--partitions", f"{THREE}..{FOUR}").code == 0, "a warning is no failure"
    passed, severity, words = history_check(THREE)
    assert (passed, severity) == (False, "WARN")
    assert words.startswith(f"history incomplete: transformed/sales {TWO} not loaded")
    assert history_check(FOUR)[0]
    result = dataops("status")
    assert figures(result.out)["transformed/trend"]["stale"] == "0", "building it again would give the same"

    assert dataops("run", "--select", "+transformed/sales", "--partitions", f"{ONE}..{TWO}").code == 0
    result = dataops("status")
    assert figures(result.out)["transformed/trend"]["stale"] == "1"
    assert figures(result.out)["transformed/sales"]["stale"] == "0"
    again = f"dataops run --select transformed/trend+ --partitions {THREE}"
    line = f"transformed/trend {THREE} input transformed/sales"
    assert part(result.out, "stale") == [line, "build them again:", again]
    [found] = json.loads(dataops("status", "--select", "transformed/trend", "--format", "json").out)
    assert found["stale"] == [{"partitions": [[THREE, THREE]], "because": "input transformed/sales"}]

    before = trend(dataops)
    assert dataops(*shlex.split(again)[1:]).code == 0
    assert history_check(THREE)[:2] == (True, "WARN")
    result = dataops("status")
    assert part(result.out, "stale") == []
    assert {each["stale"] for asset, each in figures(result.out).items()} == {"0"}
    assert (before, trend(dataops)) == ("0", "3"), "rows of that day that know the day before"


def history_check(day: str) -> tuple[bool, str, str]:
    """What the check "history" of the trend of a day said last: whether it passed, its severity, its words."""
    instance = runner.open_instance(build.load_project().settings)
    try:
        key = dg.AssetCheckKey(dg.AssetKey(["transformed", "trend"]), "history")
        records = instance.event_log_storage.get_asset_check_execution_history(key, limit=20)
        found = next(record.evaluation for record in records if record.partition == day)
        assert found
        return found.passed, found.severity.value, found.description or ""
    finally:
        instance.dispose()


def trend(dataops: Dataops) -> str:
    sql = f"select count(cents_before) as n from production.trend where day = '{THREE}'"
    return dataops("query", sql, "--format", "csv").out.splitlines()[1]


@pytest.mark.slow
def test_what_was_built_from_an_older_version_is_stale(dataops: Dataops, home: Path) -> None:
    offer(home, dict.fromkeys(DAYS, "old"))
    assert dataops("run", "--partitions", ALL).code == 0
    offer(home, {TWO: "new", THREE: "new"})
    assert dataops("run", "--select", "raw/*,staged/*", "--partitions", f"{TWO}..{THREE}").code == 0
    result = dataops("status")
    assert part(result.out, "stale") == [
        f"transformed/sales {TWO}..{THREE} (2) input staged/orders, input staged/stock",
        "build them again:",
        f"dataops run --select transformed/sales+ --partitions {TWO}..{THREE}",
    ]
    # The trend of the fourth day is made of the third one.
    assert dataops(*commands(result.out)[0]).code == 0
    assert part(dataops("status").out, "stale")[0] == f"transformed/trend {FOUR} input transformed/sales"
    until_all_is_well(dataops)


def test_an_error_that_ended_a_write_is_said_with_its_reason(dataops: Dataops, home: Path) -> None:
    """There is no verdict on the rows; only Dagster knows of it."""
    offer(home, dict.fromkeys(DAYS, "old"))
    assert dataops("run", "--partitions", ONE).code == 0
    copies = home / "lake" / "staging" / "sales"
    copies.rename(home / "away")
    copies.write_text("in the way")
    assert dataops("run", "--partitions", TWO).code == 1
    result = dataops("status")
    failed = part(result.out, "failed")
    assert failed[0] == f"transformed/sales {TWO} nothing is there"
    assert "Not a directory" in failed[1]
    assert failed[2:] == [
        "mend what the error names, then:",
        f"dataops run --select +transformed/sales+ --partitions {TWO}",
    ]
    copies.unlink()
    (home / "away").rename(copies)
    until_all_is_well(dataops)


@pytest.mark.slow
def test_an_extraction_that_failed_is_said_with_its_reason(dataops: Dataops, home: Path) -> None:
    offer(home, {ONE: "old"})
    assert dataops("run", "--partitions", f"{ONE}..{THREE}").code == 1
    result = dataops("status")
    assert [figures(result.out)["raw/orders"][name] for name in ("loaded", "missing", "failed")] == ["1", "4", "2"]
    failed = part(result.out, "failed")
    assert failed[0] == f"raw/orders {TWO}..{THREE} (2) nothing is there"
    assert failed[1].startswith(f"{THREE}: orders [{THREE}]: there is no file ")
    assert failed[-1] == f"dataops run --select raw/orders+,raw/stock+ --partitions {TWO}..{THREE}"
    assert f"staged/orders {TWO}..{THREE} (2) because raw/orders failed" in part(result.out, "held back")

    # A later extraction takes its place, also where it fails while there is an attempt already.
    (home / "source" / f"stock-{ONE}.csv").unlink()
    assert dataops("run", "--select", "raw/stock", "--partitions", ONE).code == 1
    offer(home, {TWO: "old", THREE: "old"})
    assert dataops("run", "--select", "raw/orders", "--partitions", f"{TWO}..{THREE}").code == 0
    result = dataops("status")
    assert figures(result.out)["raw/orders"]["failed"] == "0"
    assert part(result.out, "failed")[0] == f"raw/stock {ONE}..{THREE} (3) what was there before stands for {ONE}"
    held = part(result.out, "held back")
    assert held[0] == f"staged/orders {TWO}..{THREE} (2) because raw/orders failed, which is mended by now"
    assert held[-1].startswith("dataops run --select staged/orders+,")
    offer(home, dict.fromkeys(DAYS, "old"))
    until_all_is_well(dataops)


class Silent(Scripted):
    """A source that gives no answer."""

    def extract(self, request: Request) -> Extraction:
        assert request.partition
        raise TransientSourceError(f"orders [{request.partition.key}]: no answer after 4 tries")


def test_so_is_one_that_gave_no_answer(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "EXTRACTION_RETRIES", dg.RetryPolicy(max_retries=0))
    use(monkeypatch, Datasets((source(Orders, Silent(), name="orders", partition=CALENDAR),)))
    assert dataops("run", "--partitions", TWO).code == 1
    result = dataops("status")
    assert part(result.out, "failed")[:2] == [
        f"raw/orders {TWO} nothing is there",
        f"orders [{TWO}]: no answer after 4 tries",
    ]
    assert part(result.out, "missing")[0] == f"{ONE}, {THREE}..{FIVE} (3) raw/orders"


def test_what_a_killed_extraction_left_is_not_there(dataops: Dataops, home: Path) -> None:
    offer(home, {ONE: "old"})
    assert dataops("run", "--select", "raw/orders", "--partitions", ONE).code == 0
    left = home / "lake" / "staging" / "raw_orders" / f"date={TWO}" / "created_at=2024-01-03T00:00:00.000000Z"
    left.mkdir(parents=True)
    (left / "part-00000.csv").write_text("day,id\n")
    assert figures(dataops("status").out)["raw/orders"]["loaded"] == "1"


def test_many_reasons_are_cut_and_it_is_said_how_to_see_the_rest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    days = [f"{date(2023, 1, 1) + timedelta(days=n)}" for n in range(365)]
    by = Daily(start="2023-01-01", column="day")
    same = {day: f"{n} of 40 rows break the check 'x'; see {day}" for n, day in enumerate(days[::2])}
    every = {day: f"reason {chr(97 + n)} of many" for n, day in enumerate(days[1:40:2])}
    found = AssetSummary("staged/t", by, set(days), set(), {**same, **every})
    print_details([found], {found.asset: by}, "staging")
    result = lines(capsys.readouterr().out)
    assert len(result) < 25
    assert max(map(len, result)) < 250
    assert result[1].startswith("staged/t 177 earlier ranges (177 partitions), ")
    assert result[2] == f"{days[364]}: 182 of 40 rows break the check 'x'; see {days[364]}"
    sql = "select partition, reason from staging._ledger where asset = 'staged/t' and verdict = 'failed'"
    assert f'dataops query "{sql}"' in result
    assert result[-1].startswith("and so on for the ")

    warned = Flagged("id.le", Severity.WARN, {days[3]: 2, days[4]: 5})
    print_details([AssetSummary("staged/t", by, set(days), set(), flagged=[warned])], {"staged/t": by}, "staging")
    assert f"staged/t {days[3]}..{days[4]} (2) id.le (warn): 7 rows" in lines(capsys.readouterr().out)


def test_whose_it_is_and_of_which_days_the_rows_in_quarantine_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = AssetSummary(
        "staged/t",
        CALENDAR,
        {*DAYS},
        set(),
        {TWO: "its rows are bad"},
        quarantine={ONE: 2, TWO: 8, FIVE: 1000},
        owners=["team:sales", "otto@example.com"],
    )
    print_details([found], {"staged/t": CALENDAR}, "staging")
    said = capsys.readouterr().out
    assert part(said, "failed")[:3] == [
        f"staged/t {TWO} what was there before stands",
        "its rows are bad",
        "owner: team:sales, otto@example.com",
    ]
    [line, _, *command] = part(said, "rows in quarantine")
    assert line == f"staged/t {ONE}..{TWO} (2), {FIVE} 1,010 rows"
    assert command == [f"dataops quarantine show t --partition {FIVE}"]
    assert all(len(each) <= 80 for each in said.splitlines())


def test_what_is_not_kept_any_more_is_not_missing(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    today = date.today()
    by = Daily(start=today - timedelta(days=30), column="day", keep_days=3)
    use(monkeypatch, Datasets((source(Orders, Scripted(), name="orders", partition=by),)))
    table = figures(dataops("status").out)
    assert table["raw/orders"]["missing"] == table["staged/orders"]["missing"]
    assert int(table["staged/orders"]["missing"]) in (2, 3)
