"""A version has to pass every gate: the first that refuses it says why, and the others are not asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.ledger.entry import Cause
from dataops_assets.publish import publish
from dataops_assets.publish.gates import Judged, Refusal
from dataops_assets_tests.proofs.shop import DAYS, offer, problems, shop, take
from dataops_assets_tests.support import rows


def test_a_partition_passes_all_gates_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def another(_session: Any, _schema: str, _table: Any, keys: Mapping[str, Any], _states: Any, _shown: Any) -> Judged:
        asked.append(list(keys))
        words = "production/sales: nobody has approved it"
        return Judged({DAYS[1]: Refusal(words, Cause("rejected", "production/sales", DAYS[1]))})

    monkeypatch.setattr(publish, "GATES", (*publish.GATES, another))
    project = shop(tmp_path)
    offer(tmp_path, {DAYS[0]: "bad", DAYS[1]: "old", DAYS[2]: "old"})
    by_receipt, by_approval, passed = take(project, DAYS[:3])["production/sales"]
    assert "failed" in by_receipt.refusal
    assert by_approval.refusal == "production/sales: nobody has approved it"
    assert passed.refusal == ""
    assert asked[0] == list(DAYS[1:3]), "what has no receipt is not asked for an approval"
    assert {str(row["day"]) for row in rows(project, "SELECT day FROM production.sales")} == {DAYS[2]}
    monkeypatch.undo()
    assert [outcome.refusal for outcome in take(project, [DAYS[1]], ["production/sales"])["production/sales"]] == [""]
    assert not [problem for problem in problems(project) if "production" in problem]
