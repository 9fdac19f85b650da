"""`dataops report`, and the panel in Dagster: what they say is what the books say, and no more than may be said."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import dagster as dg
import pytest

from dataops_assets import build
from dataops_assets.build import Project
from dataops_assets.cli import main
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Entry
from dataops_assets.ledger.ruling import Wanted, rule
from dataops_assets.model import Daily
from dataops_assets.report.charts import over, rows_chart, strip
from dataops_assets.report.facts import Facts
from dataops_assets.report.panel import MOST_BYTES, drawn, panel
from dataops_assets.report.slots import NEWEST, PRIVATE, public, window_of
from dataops_assets.report.spreads import bins_of, spread_chart
from dataops_assets_tests.report import place
from dataops_assets_tests.report.place import DAYS, GAP, HOSTILE, SECRET, SHORT, facts_of
from dataops_assets_tests.support import make_project, rows

VOID = {"meta", "br", "hr", "img", "link", "input"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loaded newest first, so that the order of runs is not the order of partitions; with what was once on record."""
    home = tmp_path_factory.mktemp("house")
    project = place.house_once(home)
    place.offer(home, [SHORT], short=5)
    place.take(project, [SHORT])
    place.offer(home, DAYS)
    there = [day for day in DAYS if day != GAP]
    place.take(project, there[:-1])
    place.take(project, [SHORT])  # once more, with something before it to be compared with
    wanted = Wanted("confirm", "volume", "", by="otto", reason=HOSTILE)
    rule(project.storage.warehouse, project.catalog.staged["orders"], place.CALENDAR.of(SHORT), wanted, "run")
    return home


@pytest.fixture(scope="module")
def project(home: Path) -> Project:
    return place.house(home)


@pytest.fixture(scope="module")
def facts(project: Project) -> Facts:
    return facts_of(project)


class Page(HTMLParser):
    """Refuses what is not closed in order, and gathers what could run, or be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.fetched += [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action", "data")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def titles(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter("title")][1:]


def test_the_picture_says_what_the_ledger_says(project: Project, facts: Facts) -> None:
    kept = rows(
        project,
        "select partition, rows, rows_quarantined from staging._ledger where asset = 'staged/orders' "
        "and verdict = 'passed' qualify row_number() over (partition by partition order by sequence desc) = 1",
    )
    said = {title.split(":")[0]: title for title in titles(rows_chart(facts))}
    assert list(said) == DAYS, "by partition, and not in the order of the runs"
    for entry in kept:
        words = said[entry["partition"]]
        assert f": {entry['rows']} rows" in words
        assert (f"{entry['rows_quarantined']} in quarantine" in words) == bool(entry["rows_quarantined"])
    assert said[GAP] == f"{GAP}: no rows, missing"
    assert re.search(r"6 rows, \d+ to \d+ are usual$", said[SHORT])


def test_each_check_is_drawn_as_it_was_measured(project: Project, facts: Facts) -> None:
    kept = rows(
        project,
        "select partition, check_name, column_name, value, threshold, verdict from staging._checks where asset = "
        "'staged/orders' qualify rank() over (partition by partition, check_name order by recorded_at desc) = 1",
    )
    figures = {(r["partition"], r["check_name"], r["column_name"]): r for r in kept}
    assert [check.check for check in facts.checks] == ["volume", "completeness", "categories", "drift"]
    compared = 0
    for check in facts.checks:
        for slot, point in zip(facts.slots, check.points, strict=True):
            if point:
                one = figures[slot.key, check.check, point.column]
                assert (one["value"], one["threshold"], one["verdict"]) == (point.value, point.threshold, point.verdict)
                compared += 1
    assert compared > 80
    volume = facts.checks[0].points[-1]
    assert volume
    assert volume.verdict == "failed"
    assert over(volume) > 1
    slot = facts.slots[-1]
    assert slot.usual
    assert slot.rows == 6
    would_pass = re.search(r"; (\d+) to (\d+) would pass", volume.reason)
    assert would_pass
    assert tuple(map(int, would_pass.groups())) == tuple(round(each) for each in slot.usual)


def test_values_of_the_newest_partition_against_those_before(facts: Facts) -> None:
    assert (facts.newest, facts.compared) == (SHORT, 28)
    item = next(each for each in facts.spreads if each.column == "item")
    shares = {name: (now, before) for name, now, before in bins_of(item)}
    assert set(shares) == {HOSTILE, "item-1", "item-2"}
    assert shares[HOSTILE][0] == pytest.approx(2 / 6)
    for spread in facts.spreads:
        if bins := bins_of(spread):
            assert sum(now for _, now, _ in bins) == pytest.approx(1)
            assert sum(before for *_, before in bins) == pytest.approx(1)
    assert "item-1: 33.33%, before " in " ".join(titles(spread_chart(facts, item)))


def test_personal_data_are_not_shown_though_once_they_were_kept(project: Project, facts: Facts, home: Path) -> None:
    known = rows(project, f"select count(*) as n from staging._profiles where counts like '%{SECRET}%'")
    assert known[0]["n"] > 0, "recorded while nobody had said that they are personal"
    email = next(each for each in facts.spreads if each.column == "email")
    assert email.private
    assert not bins_of(email)
    assert PRIVATE in spread_chart(facts, email)
    for words in (
        f"email: gone: '{SECRET}', in each of 28 partitions before",
        f"staged/orders: categories: item: gone: 'x'; email: new: '{SECRET}'; nothing was written",
        f"1 of 6 rows have values of item, email that staged/people has not, such as '{SECRET}'",
    ):
        assert public(project.catalog.staged["orders"], words) == PRIVATE
    kept = "item: gone: 'x', in each of 28 partitions before"
    assert public(project.catalog.staged["orders"], kept) == kept
    assert SECRET not in drawn(facts)


@pytest.fixture
def dataops(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The command line on the house; returns the folder in which it is typed."""
    monkeypatch.setenv("DATAOPS_HOME", str(home))
    monkeypatch.setattr(build, "discover", lambda *_: place.house(home).datasets)
    monkeypatch.chdir(tmp_path)
    build.load_project.cache_clear()
    yield tmp_path
    build.load_project.cache_clear()


@pytest.mark.parametrize(
    ("arguments", "file", "says"),
    [
        ([], "report.html", ["staged/orders", "of 6 assets", "production/sales", "check volume of staged/orders"]),
        (
            ["orders"],
            "report-staged-orders.html",
            ["team:shop", "cents.type", "in quarantine", GAP, f"confirmed by otto: {HOSTILE}"],
        ),
        (["sales"], "report-transformed-sales.html", ["Published versions", "raw attempts"]),
        (["items"], "report-staged-items.html", ["references_item", "There is nothing yet"]),
    ],
)
def test_the_page_needs_nothing_and_runs_nothing(
    dataops: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], file: str, says: list[str]
) -> None:
    assert main(["report", *arguments]) == 0
    assert capsys.readouterr().out == f"wrote {file}\n"
    text = (dataops / file).read_text()
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "img", "base", "form"} & set(page.tags)
    assert page.fetched == []
    assert not re.search(r"https?:|url\(|@import|javascript:", text.replace("http-equiv", ""))
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert SECRET not in text
    assert len(text) < 500_000
    assert page.tags.count("title") > 1
    assert text.count("<svg ") == text.count("<desc>") == text.count('role="img"')
    assert "<main>" in text
    assert "@media print" in text
    assert "prefers-color-scheme:dark" in text
    words = " ".join(page.words)
    assert [each for each in says if each not in words] == []
    assert [each.name for each in dataops.iterdir()] == [file], "nothing is left beside it"


def test_where_the_page_goes(dataops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "production/sales", "--output", "-"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("<!DOCTYPE html>")
    assert "<title>transformed/sales</title>" in out
    assert main(["report", "--output", "gone/page.html"]) == 2
    assert "there is no folder gone" in capsys.readouterr().err
    assert main(["report", "--output", "."]) == 2
    assert main(["report", "ordrs"]) == 2
    assert "did you mean" in capsys.readouterr().err
    assert list(dataops.iterdir()) == []


def test_an_empty_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    project = place.house(tmp_path)
    nothing = facts_of(project)
    assert (nothing.slots, nothing.spreads, panel(nothing), panel(facts_of(project, "items"))) == ((), (), "", "")
    monkeypatch.setenv("DATAOPS_HOME", str(tmp_path))
    monkeypatch.setattr(build, "discover", lambda *_: project.datasets)
    build.load_project.cache_clear()
    for arguments, words in (
        (["orders"], "Nothing was ever loaded."),
        (["items"], "No row is in quarantine."),
        ([], ""),
    ):
        assert main(["report", *arguments, "--output", "-"]) == 0
        text = capsys.readouterr().out
        Page(text)
        assert words in text
    monkeypatch.setattr(build, "discover", lambda *_: make_project(tmp_path).datasets)
    build.load_project.cache_clear()
    assert main(["report", "--output", "-"]) == 0
    assert "the project is empty" in capsys.readouterr().out
    build.load_project.cache_clear()


def test_a_table_without_partitions_is_drawn_by_its_writes(project: Project) -> None:
    items = facts_of(project, "items")
    assert not items.partitioned
    assert [(slot.state, slot.rows) for slot in items.slots] == [("written", 1), ("written", len(DAYS))]
    assert [len(check.points) for check in items.checks] == [2]
    assert len(titles(rows_chart(items))) == 2
    ElementTree.fromstring(drawn(items))


def test_one_partition(facts: Facts) -> None:
    one = replace(
        facts,
        slots=facts.slots[-1:],
        checks=[replace(check, points=check.points[-1:]) for check in facts.checks],
        spreads=[replace(each, before=None) for each in facts.spreads],
        compared=0,
    )
    ElementTree.fromstring(drawn(one))
    ElementTree.fromstring(strip(one.slots))
    assert len(titles(rows_chart(one))) == 1


def test_what_is_missing_after_the_newest_is_shown_as_long_as_it_is_little() -> None:
    newest, calendar = "2024-02-10", Daily(start=DAYS[0], column="day")
    for now, last in ((datetime(2024, 2, 13, 9, tzinfo=UTC), "2024-02-12"), (datetime(2026, 1, 1, tzinfo=UTC), newest)):
        shown = window_of(calendar, [DAYS[3], newest], now)
        assert (shown[0].key, shown[-1].key) == (DAYS[3], last)


def test_the_panel_is_bounded(facts: Facts) -> None:
    """However many partitions, checks and columns there are, and however long their names."""
    slots = [replace(facts.slots[n % len(facts.slots)], label=f"{n:010}", state="failed") for n in range(NEWEST)]
    check = replace(facts.checks[0], check="c" * 300, points=[facts.checks[0].points[-1]] * NEWEST)
    spreads = [replace(each, column=f"{each.column}{n}" * 20) for n in range(60) for each in facts.spreads]
    big = replace(facts, slots=slots, checks=[check] * 60, spreads=spreads)
    found = panel(big)
    assert 10_000 < len(found.encode()) <= MOST_BYTES
    assert found.startswith("![staged/orders: ")


def test_ten_thousand_partitions(tmp_path: Path, project: Project) -> None:
    """No more of them is read than is shown."""
    calendar = Daily(start="1990-01-01", end="2017-05-19", column="day")
    orders = replace(place.sources(tmp_path)[0], partition=calendar)
    many = make_project(tmp_path, orders)
    table, warehouse = many.catalog.staged["orders"], many.storage.warehouse
    keys = [each.key for each in calendar.between("1990-01-01", "2017-05-18")]
    assert len(keys) == 10_000
    entries = [Entry.passed(table.asset, key, "v", 5) for key in keys]
    with warehouse.session() as session, session.swapping(table.asset) as swap:
        ledger.stage(session, entries, {})
        ledger.ensure(session, swap, warehouse.staging)
        ledger.append(session, swap, warehouse.staging, entries)
    found = facts_of(many)
    assert [slot.key for slot in found.slots] == keys[-NEWEST:]
    assert len(panel(found).encode()) <= MOST_BYTES


def test_the_job_shows_the_panel_at_the_asset(project: Project) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        job = project.definitions().get_job_def("report")
        assert job.execute_in_process(instance=instance).success
        records = instance.fetch_observations(dg.AssetKey(["staged", "orders"]), limit=5).records
        (seen,) = [each.asset_observation for each in records]
        assert seen
        assert seen.partition == SHORT
        shown = seen.metadata["report"]
        assert isinstance(shown, dg.MarkdownMetadataValue)
        encoded = re.match(r"!\[staged/orders: [^\]]*\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)\n", shown.value)
        assert encoded
        svg = base64.b64decode(encoded[1]).decode()
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert "<script" not in svg
        assert SECRET not in svg
        assert f"- {GAP}\\: no rows, missing" in shown.value
        assert f"- {SHORT}\\: volume failed\\: 6 rows where " in shown.value
        assert "\\<script\\>alert\\(1\\)" in shown.value, "what people have said is text, and no markup"
        whole = instance.fetch_observations(dg.AssetKey(["staged", "items"]), limit=5).records
        assert [each.partition_key for each in whole] == [None]
        wrong = {"ops": {"draw_panels": {"config": {"tables": ["staged/ordrs"]}}}}
        failed = job.execute_in_process(instance=instance, run_config=wrong, raise_on_error=False)
        assert "did you mean staged/orders" in str(failed.failure_data_for_node("draw_panels"))
