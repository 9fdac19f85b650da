"""What a check does is what its severity says; what is shown hides personal data; checks of one's own mark rows."""

from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pandera
import pytest

from dataops_assets.commands.summaries import Flagged, summaries
from dataops_assets.model import Contract, Date, Float, Integer, Rule, Severity, Text, column
from dataops_assets.staleness import snapshot as snapshots
from dataops_assets.staleness.judge import judge
from dataops_assets.validation.audit import MASK, CheckError
from dataops_assets_tests.place import DAY, Place, Scripted, check_of, jsonl, place, source

pytestmark = pytest.mark.usefixtures("each_backend")


def contract(severity: Any, **more: Any) -> type[Contract]:
    class Checked(Contract, quarantine_above=0.5, **more):
        """Checked rows."""

        day: Date = column("Day.")
        id: Integer = column("Number.")
        amount: Float = column("Amount.", nullable=True, le=10, severity=severity)
        person: Text = column("Name.", nullable=True, tags=["PII"], source="Person")

    return Checked


def record(number: int, amount: Any = 1.0) -> dict[str, Any]:
    return {"day": DAY, "id": number, "amount": amount, "Person": f"Secret {number}"}


def take(tmp_path: Path, checked: type[Contract], *records: Any) -> tuple[Place, Any]:
    scripted = Scripted({DAY: [jsonl(*records)]})
    at = place(tmp_path, source(checked, scripted))
    (outcome,) = at.take("t", DAY)
    at.verify()
    return at, outcome


ROWS = [record(1), record(2, 11), record(3), record(4)]


@pytest.mark.parametrize("severity", ["warn", "log", "quarantine", "stop"])
def test_each_severity_does_what_it_says(tmp_path: Path, severity: str) -> None:
    at, outcome = take(tmp_path, contract(severity), *ROWS)
    check = check_of(outcome, "contract")
    assert check.figures["amount.le"] == 1
    assert f"1 of 4 rows: amount is at most 10 ({severity})" in check.description
    assert (check.passed, check.severity.stops) == (severity in ("log", "quarantine"), severity == "stop")
    staged = [row["id"] for row in at.staged("t")] if severity != "stop" else []
    assert staged == {"warn": [1, 2, 3, 4], "log": [1, 2, 3, 4], "quarantine": [1, 3, 4], "stop": []}[severity]
    if severity == "stop":
        assert "1 of 4 rows break the check 'amount.le' (amount is at most 10), which stops the load" in outcome.refusal
    else:
        assert [row["checks"] for row in at.quarantine("t")] == ["amount.le"] * (severity == "quarantine")
    catalog, storage = at.project.catalog, at.project.storage
    snapshot = snapshots.take(storage, catalog, {})
    flagged = {
        each.asset: each.flagged for each in summaries(catalog, storage.staging, snapshot, judge(catalog, snapshot), {})
    }
    written = [Flagged("amount.le", Severity(severity), {DAY: 1})] if severity in ("warn", "log") else []
    assert flagged == {"raw/t": [], "staged/t": written}


@pytest.mark.parametrize("severity", ["warn", "log", "quarantine", {"le": "warn"}])
def test_what_cannot_be_cast_is_in_quarantine_whatever_the_severity(tmp_path: Path, severity: Any) -> None:
    at, _ = take(tmp_path, contract(severity), record(1), record(2, "much"), record(3))
    assert [(row["checks"], "much" in row["raw"]) for row in at.quarantine("t")] == [("amount.type", True)]


def test_severity_by_check(tmp_path: Path) -> None:
    at, outcome = take(tmp_path, contract({"le": "warn", "type": "stop"}), record(1), record(2, 11))
    assert len(at.staged("t")) == 2
    at, outcome = take(tmp_path / "2", contract({"le": "warn", "type": "stop"}), record(1), record(2, "much"))
    assert "'amount.type'" in outcome.refusal


def test_personal_data_is_masked_where_failing_rows_are_shown(tmp_path: Path) -> None:
    at, outcome = take(tmp_path, contract("quarantine"), *ROWS, b'{"Person": "Secret 9"')
    table = check_of(outcome, "contract").table
    assert {row.get("Person", row.get("line")) for row in table} == {MASK}
    assert "Secret" not in str(outcome.checks)
    assert "Secret" not in str(at.rows("SELECT * FROM staging._ledger"))
    assert any("Secret 2" in row["raw"] for row in at.quarantine("t"))


def test_at_most_twenty_failing_rows_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    _, outcome = take(tmp_path, contract("quarantine"), *(record(n, 11 if n < 50 else 1) for n in range(100)))
    check = check_of(outcome, "contract")
    assert (len(check.table), check.figures["amount.le"], check.figures["rows_failing"]) == (20, 50, 50)
    assert all(row["check"] == "amount.le" for row in check.table)


def test_a_rule_over_several_columns(tmp_path: Path) -> None:
    rules = [Rule("paid", "amount > id", severity="quarantine"), Rule("odd", "MOD(id, 2) = 1", severity="warn")]
    at, outcome = take(tmp_path, contract("warn", rules=rules), record(1, 2), record(2, 1), record(3, None))
    assert [row["id"] for row in at.staged("t")] == [1, 3]
    assert check_of(outcome, "contract").figures["odd"] == 1


class Own(Contract, quarantine_above=0.9):
    """Checks of one's own."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Float = column("Amount.", nullable=True)
    number: Integer = column("Another number.", nullable=True)
    word: Text = column("Word.", nullable=True)

    @pandera.check("amount")
    def small(cls, amount: pd.Series) -> pd.Series:
        return amount < 10

    @pandera.check("number")
    def even(cls, number: pd.Series) -> pd.Series:
        return (number % 2).eq(0)

    @pandera.check("word", element_wise=True)
    def palindrome(cls, word: str) -> bool:
        return word == word[::-1]

    @pandera.dataframe_check
    def sum_fits(cls, frame: pd.DataFrame) -> pd.Series:
        return (frame["amount"] + frame["number"]).ne(13)


def test_checks_of_ones_own_mark_the_right_rows(tmp_path: Path) -> None:
    def row(key: int, **more: Any) -> dict[str, Any]:
        return {"day": DAY, "id": key, "amount": 1, "number": 2, "word": "anna"} | more

    at, outcome = take(
        tmp_path,
        Own,
        row(1),
        row(2, amount=12),
        row(3, number=3),
        row(4, word="ab"),
        row(5, amount=9, number=4),
        row(6, amount=None, number=None, word=None),
        row(7, amount=10, number=3, word="xy"),
        b"{",
    )
    assert [row["id"] for row in at.staged("t")] == [1, 6]
    found = {row["raw"][:40]: row["checks"] for row in at.quarantine("t")}
    assert sorted(found.values()) == [
        "amount.small",
        "amount.small, number.even, word.palindrome, sum_fits",
        "number.even",
        "readable",
        "sum_fits",
        "word.palindrome",
    ]
    assert check_of(outcome, "contract").figures["amount.small"] == 2


class Whole(Contract):
    """A check over the whole of a partition."""

    day: Date = column("Day.")
    id: Integer = column("Number.")

    @pandera.check("id")
    def mean(cls, number: pd.Series) -> bool:
        return number.mean() < 10


def test_a_check_over_a_whole_sees_one_attempt_of_one_partition(tmp_path: Path) -> None:
    days = ["2024-01-01", "2024-01-02", "2024-01-03"]
    first = dict(zip(days, (1, 50, 2), strict=True))
    scripted = Scripted({day: [jsonl({"day": day, "id": n}, {"day": day, "id": n + 1})] for day, n in first.items()})
    at = place(tmp_path, source(Whole, scripted))
    outcomes = at.take("t", *days)
    assert [bool(outcome.refusal) for outcome in outcomes] == [False, True, False]
    assert "'id.mean'" in outcomes[1].refusal


def test_a_check_that_raises_names_itself(tmp_path: Path) -> None:
    class Raising(Contract):
        """A check with a fault."""

        day: Date = column("Day.")
        id: Integer = column("Number.")

        @pandera.check("id")
        def faulty(cls, number: pd.Series) -> pd.Series:
            raise KeyError("no")

    with pytest.raises(CheckError, match=r"staged/t: the check 'id.faulty' of contract Raising raised KeyError"):
        take(tmp_path, Raising, record(1))
