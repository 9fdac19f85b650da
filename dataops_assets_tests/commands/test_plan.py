"""`dataops plan` and `dataops run --plan` as somebody types them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dataops_assets.discovery import Datasets
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.commands.test_status import lines
from dataops_assets_tests.proofs.shop import DAYS, SALES, offer, sources, trend

ONE, TWO, THREE, *_ = DAYS
SPAN = f"{ONE}..{TWO}"


def test_a_plan_is_shown_run_and_then_done(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(home, {ONE: "old", TWO: "old"})
    shown = lines(dataops("plan", "--partitions", SPAN).out)
    assert f"raw/orders {SPAN} (2) missing 0" in shown
    assert shown[-2:] == ["16 partitions of 8 assets; make them:", f"dataops run --plan --partitions {SPAN}"]
    assert not (home / "dagster").exists()
    ran = dataops("run", "--plan", "--partitions", SPAN)
    assert (ran.code, ran.err) == (0, "")
    assert dataops("plan", "--partitions", SPAN).out.strip() == "nothing to do"
    assert dataops("run", "--plan", "--partitions", SPAN).out.strip() == "nothing to do"

    assert SALES.sql
    doubled = replace(SALES, sql=SALES.sql.replace("sum(o.cents)", "2 * sum(o.cents)"))
    use(monkeypatch, Datasets(sources(home), (doubled, trend)))
    shown = lines(dataops("plan", "--partitions", SPAN).out)
    assert f"transformed/sales {SPAN} (2) stale code 6" in shown
    assert f"production/trend {SPAN} (2) downstream input transformed/trend 6" in shown
    plan = json.loads(dataops("plan", "--partitions", SPAN, "--format", "json").out)
    assert plan[0] == {
        "asset": "transformed/sales",
        "partitions": [[ONE, TWO]],
        "count": 2,
        "status": "stale",
        "planned": True,
        "reasons": [{"changed": "code", "asset": "transformed/sales"}],
        "cause": None,
        "words": "",
        "rows": 6,
    }
    ran = dataops("run", "--plan", "--partitions", SPAN)
    assert ran.code == 0
    assert "raw/" not in ran.out
    assert "staged/" not in ran.out
    assert dataops("run", "--plan", "--partitions", SPAN).out.strip() == "nothing to do"
    sql = f"select sum(cents) as cents from production.sales where day = '{ONE}'"
    assert dataops("query", sql, "--format", "csv").out.split()[1] == str(2 * sum(100 + n for n in range(8)))


def test_what_failed_is_named_and_not_tried_again(dataops: Dataops, home: Path) -> None:
    offer(home, {ONE: "bad"})
    assert dataops("run", "--plan", "--partitions", SPAN).code == 1
    shown = lines(dataops("plan", "--partitions", SPAN).out)
    assert any(line.startswith(f"raw/orders {TWO} orders [{TWO}]: there is no file") for line in shown), shown
    assert any(line.startswith(f"staged/stock {ONE} 3 of 3 rows would go to quarantine") for line in shown)
    assert f"transformed/sales {ONE} missing, because staged/stock failed" in shown
    assert f"production/trend {ONE} missing, because staged/stock failed" in shown
    assert f"production/trend {TWO} missing, because raw/orders failed" in shown
    assert shown[-1] == "nothing to do"
    assert dataops("run", "--plan", "--partitions", SPAN).out.strip() == "nothing to do"


def test_what_is_to_be_dropped_is_named_as_status_names_it(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(home, {ONE: "old"})
    assert dataops("run", "--select", "+staged/stock", "--partitions", ONE).code == 0
    use(monkeypatch, Datasets((sources(home)[0],), ()))
    monkeypatch.setenv("COLUMNS", "80")
    assert "    dataops drop stock" in dataops("status").out.splitlines()
    assert dataops("drop", "stok").err.endswith("'stok': the warehouse has nothing of it; did you mean stock?\n")
    assert "it is declared" in dataops("drop", "orders").err
    assert dataops("drop", "stock", "--yes").code == 0
    assert "drop" not in dataops("status").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plan", "--partitions", "soon"), "'soon' is not a date"),
        (("plan", "--select", "staged/stok"), "matches no asset"),
        (("run", "--plan", "--dry-run"), "`dataops plan` shows it"),
    ],
)
def test_what_cannot_be_meant_is_refused(dataops: Dataops, arguments: tuple[str, ...], words: str) -> None:
    result = dataops(*arguments)
    assert result.code == 2
    assert words in result.err
