"""What somebody does who has only the UI: look, follow a backfill, find failing rows, approve, see the panel.

The pictures of the README are made by it: `DATAOPS_TEST_IMAGES=docs/images` in the environment.
"""

import os
import re
from collections.abc import Iterator

import pytest

from dataops_assets_tests.browser.scene import DAMAGED, DAYS, LATE, LATER, NEWEST, TO_DO, Scene, served
from dataops_assets_tests.browser.window import Window, chromium, opened

pytestmark = pytest.mark.slow

FLIGHTS = (915, 720)
"""Of the days of the backfill."""

APPROVE = [
    "ops:",
    "  approve_partitions:",
    "    config:",
    "      table: carrier_daily",
    f"      partitions: {LATER}",
    "      by: anna",
    "      reason: the airline has confirmed the delays",
]
SCHEDULES = """
{
  schedulesOrError(
    repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "dataops_assets.definitions"}
  ) { ... on Schedules { results { name scheduleState { status } } } }
}
"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    chromium()  # said before anything takes long
    with served(tmp_path_factory.mktemp("scene"), history="DATAOPS_TEST_IMAGES" in os.environ) as found:
        yield found


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Window]:
    with opened(scene.ui.url) as window:
        yield window


@pytest.fixture
def window(browser: Window) -> Iterator[Window]:
    """The window, in which nothing may go wrong during the test."""
    browser.wrong.clear()
    yield browser
    assert not browser.wrong


@pytest.fixture(scope="module")
def backfill(browser: Window) -> str:
    """The id of a backfill that was launched by clicks; the other tests go on while it runs."""
    browser.go("/locations/dataops_assets.definitions/jobs/flights_daily")
    browser.press("Materialize all")
    dialog = browser.page.get_by_role("dialog")
    choose(browser, f"[{TO_DO[0]}...{TO_DO[-1]}]")
    dialog.get_by_text(f"{len(TO_DO)} partitions").wait_for()
    browser.press("Launch backfill", dialog)
    made = browser.page.get_by_text("Created backfill").first.inner_text()
    return made.removeprefix("Created backfill").strip()


def choose(window: Window, partitions: str) -> None:
    """Type partitions into the dialog that launches."""
    field = window.page.get_by_role("dialog").get_by_placeholder("ex: 2013")
    field.click()
    field.press("Control+A")
    field.fill(partitions)
    field.press("Enter")


def test_the_graph_of_four_layers_shows_what_is_bad(scene: Scene, window: Window) -> None:
    printed = re.search(r"All tables, and which are bad: (\S+)", scene.ui.log.read_text())
    assert printed
    window.page.goto(printed[1])
    for group in ("1_raw", "2_staged", "3_transformed", "4_production"):
        window.until(group)
    window.until("carrier_daily")
    boxes = window.page.locator("[class*=AssetNode_minimalAssetNodeBox]")
    red = boxes.filter(has_text="weather").and_(window.page.locator('[style*="accent-red"]'))
    red.wait_for()
    window.picture("graph")
    shown = boxes.evaluate_all("all => all.map(each => [each.innerText, each.getAttribute('style')])")
    assert len(shown) == 14
    assert {name for name, style in shown if "accent-red" in style} == {
        "weather",
        "flight_performance",
        "carrier_daily",
    }


def test_the_runs_of_the_command_line_are_where_the_ui_begins(scene: Scene, window: Window) -> None:
    window.go("/")
    window.until("Jobless asset materializations")
    [run] = re.findall(r"run (\w{8}) \S+\.\.\S+ .* FAILED", scene.ran)
    window.text("Runs").click()
    window.until(run)


def test_a_check_that_failed_shows_the_rows(window: Window) -> None:
    window.go("/assets/staged/weather?view=checks")
    window.text("contract").click()
    window.text("Execution history").click()
    row = window.page.locator("tr").filter(has_text=DAMAGED).filter(has_text="24 of 72 rows")
    row.get_by_text("Failed", exact=True).wait_for()
    row.get_by_role("button").last.click()
    shown = window.page.get_by_role("dialog")
    shown.get_by_text("failing rows").wait_for()
    assert shown.get_by_text("humid.le", exact=True).count() >= 5
    assert shown.get_by_text("900", exact=True).count() >= 5


@pytest.mark.usefixtures("backfill")
def test_what_would_change_is_seen_and_approved(scene: Scene, window: Window) -> None:
    delays = f"select avg(mean_departure_delay_min) as d from production.carrier_daily where flight_date = '{LATER}'"
    before = float(scene.query(delays)[0]["d"])
    window.go(f"/assets/production/carrier_daily?view=partitions&partition={LATER}")
    window.until("difference")
    window.until("15 → 15 rows: 15 changed")
    window.until("mean_departure_delay_min")
    window.go("/assets/production/carrier_daily?view=events")
    window.until("difference")
    window.picture("difference")

    window.launch("approve", APPROVE)
    assert float(scene.query(delays)[0]["d"]) == before, "the next run publishes it"
    window.go(f"/assets/production/carrier_daily?view=partitions&partition={LATER}")
    window.until("anna")
    window.press("Materialize")
    dialog = window.page.get_by_role("dialog")
    choose(window, LATER)
    window.press("Launch 1 run", dialog)
    window.page.locator("[class*=Toaster_toastInner]").get_by_text("View", exact=True).click()
    window.page.wait_for_url("**/runs/*")
    window.until("Success")
    assert any(words.startswith("Launched run") for words in window.messages), "messages are noticed"
    assert float(scene.query(delays)[0]["d"]) == pytest.approx(before + LATE)


@pytest.mark.usefixtures("backfill")
def test_the_panel_is_a_picture(window: Window) -> None:
    window.launch("report")
    window.go("/assets/staged/flights?view=events")
    window.text("[Show Markdown]").click()
    image = window.page.get_by_role("dialog").get_by_role("img", name="staged/flights: ")
    image.wait_for()
    window.picture("panel")
    width, height = image.evaluate("async found => (await found.decode(), [found.naturalWidth, found.naturalHeight])")
    assert width == 744
    assert height > 300
    newest = image.get_attribute("alt") or ""
    assert re.search(rf"({NEWEST}|{TO_DO[-1]}|{DAYS[-1]}): [\d,]+ rows", newest), newest


@pytest.mark.usefixtures("backfill")
def test_the_automation_page_has_names_and_switches(scene: Scene, window: Window) -> None:
    window.go("/automation")
    rows = window.page.locator("[class*=VirtualizedTable_row]")
    for name, about in {
        "alerts": "sensor",
        "failed_checks": "sensor",
        "failed_runs": "sensor",
        "flights_daily": "At 06:30 AM UTC",
        "report_daily": "At 07:00 AM UTC",
        "weather_files": "sensor",
    }.items():
        rows.filter(has_text=name).filter(has_text=about).wait_for()
    assert not window.page.get_by_role("img", name="error").count()
    switch = rows.filter(has_text="report_daily").locator("label[class*=formatSwitch] input")
    assert not switch.is_checked()
    rows.filter(has_text="report_daily").locator("label[class*=formatSwitch]").click()

    def on() -> bool:
        states = scene.ui.ask(SCHEDULES)["schedulesOrError"]["results"]
        return {each["name"] for each in states if each["scheduleState"]["status"] == "RUNNING"} == {"report_daily"}

    scene.ui.wait("the schedule that is switched on", on, 30)
    assert switch.is_checked()


def test_the_backfill_ends_and_its_rows_are_in_production(scene: Scene, window: Window, backfill: str) -> None:
    window.go("/runs")
    row = window.page.locator("[class*=VirtualizedTable_row]").filter(has_text=backfill)
    row.get_by_text("Success").wait_for()
    row.locator("a").filter(has_text=backfill).first.click()
    window.until("Succeeded")
    days = f"flight_date between '{TO_DO[0]}' and '{TO_DO[-1]}'"
    rows = {}
    for table in ("flight_performance", "carrier_daily"):
        sql = f"select flight_date, count(*) as n from production.{table} where {days} group by 1 order by 1"
        rows[table] = [(each["flight_date"], each["n"]) for each in scene.query(sql)]
    assert rows["flight_performance"] == list(zip(TO_DO, FLIGHTS, strict=True))
    assert [day for day, _ in rows["carrier_daily"]] == list(TO_DO)
