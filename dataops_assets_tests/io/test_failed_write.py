"""What `dataops run` says where the warehouse does not answer."""

from pathlib import Path
from typing import Any

import pytest

from dataops_assets.io import values
from dataops_assets.warehouse.bigquery.errors import JobUnknown
from dataops_assets_tests.proofs.shop import DAYS, offer, stall
from dataops_assets_tests.support import materialize


def test_asset_partitions_and_next_step_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> Any:
        raise JobUnknown("swap: whether it ran is not known; run it again") from ConnectionError("reset by peer")

    monkeypatch.setattr(values, "load", refused)
    offer(tmp_path, dict.fromkeys(DAYS[:2], "old"))
    [result] = materialize(stall(tmp_path), "raw/orders,staged/orders", DAYS[0], DAYS[1])
    [problem] = result.problems
    assert problem.startswith("staged/orders: ")
    assert f"staged/orders {DAYS[0]} to {DAYS[1]}: swap: whether it ran is not known; run it again" in problem
    assert "reset by peer" not in problem
