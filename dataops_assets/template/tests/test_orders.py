"""The table of the orders, from a few rows and from the files."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from dataops_assets import testing
from dataops_assets.model import Window

from your_datasets.datasets.orders import daily_revenue

ROOT = Path(__file__).resolve().parents[1]


def test_only_paid_orders_count() -> None:
    day = pd.Timestamp("2026-01-05")
    orders = pd.DataFrame(
        {
            "order_date": [day, day, day],
            "country": ["DE", "DE", "FR"],
            "status": ["paid", "paid", "open"],
            "amount": [Decimal("10.50"), Decimal("0.25"), Decimal(99)],
        }
    )
    window = Window(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
    answer = testing.run_sql(daily_revenue, {"staged.orders": orders}, window)
    assert answer[["country", "orders"]].to_dict("records") == [{"country": "DE", "orders": 2}]
    assert answer["revenue"].tolist() == [Decimal("10.75")]


def test_two_days_reach_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_EXPORTS", str(ROOT / "data"))
    with testing.project("your_datasets.datasets", home=tmp_path) as project:
        project.run(partitions="2026-01-05..2026-01-06")
        revenue = project.query("select order_date, country, revenue from production.daily_revenue order by 1, 2")
        quarantined = project.query("select raw from staging.quarantine_orders")
    assert revenue["country"].tolist() == ["DE", "FR", "DE"]
    assert revenue["revenue"].tolist() == [Decimal("30.00"), Decimal("12.90"), Decimal("8.00")]
    assert len(quarantined) == 1
