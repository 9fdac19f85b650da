"""What a check stopped is accepted, or confirmed as a defect: what is written then, and what is compared with it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dataops_assets.ledger import measuring, tables
from dataops_assets.ledger.reference import Reference
from dataops_assets.ledger.refusals import exceeded
from dataops_assets.ledger.ruling import Ruled, RulingRefused, Wanted, rule
from dataops_assets.model import Categories, Completeness, NullShare, References, Volume
from dataops_assets.model.statistics import Statistic
from dataops_assets.validation import rulings
from dataops_assets.validation.measured import Figure, Measured
from dataops_assets.validation.profile import ColumnProfile, Profile
from dataops_assets.validation.rulings import Ruling, Rulings
from dataops_assets_tests.load.test_statistics import DAYS, LAST, MONTHS, Day, checks, history, rows
from dataops_assets_tests.place import Place, Scripted, check_of, place, source


def say(at: Place, kind: Any, check: str = "categories", key: str = LAST, **more: Any) -> Ruled:
    table = at.project.catalog.staged["t"]
    wanted = Wanted(
        kind, check, more.pop("column", ""), "anna", more.pop("reason", "so it is"), more.pop("until", None)
    )
    return rule(at.project.storage.warehouse, table, table.calendar and table.calendar.of(key), wanted, "by hand")


def written(at: Place) -> int:
    return len(at.rows(f"SELECT * FROM staging.raw_t WHERE day = '{LAST}'"))


def test_what_was_stopped_is_written_once_it_is_accepted_and_nothing_worse(tmp_path: Path) -> None:
    at, told = history(tmp_path, Categories(severity="stop"))
    fewer, other = rows(LAST, kinds="a"), rows(LAST, kinds="c")
    told.answer(LAST, fewer)
    (refused,) = at.take("t", LAST)
    assert f"run it again; if this is how it is: dataops accept staged/t --partition {LAST} --check" in refused.refusal
    with pytest.raises(RulingRefused, match="categories has no figure of 'kin'; did you mean kind"):
        say(at, "accept", column="kin")
    with pytest.raises(RulingRefused, match=r"no statistical check 'category'; did you mean categories\?"):
        say(at, "accept", check="category")
    with pytest.raises(RulingRefused, match=r"kind\.not_null is a check of rows"):
        say(at, "accept", check="kind.not_null")
    with pytest.raises(RulingRefused, match="there is nothing to accept: categories says 'passed'"):
        say(at, "accept", key=DAYS[-2])

    unwritten = say(at, "accept").unwritten
    assert unwritten
    assert unwritten.reason.endswith(
        f"accepted by anna: so it is; it is not written yet: run: dataops run --select staged/t --partitions {LAST}"
    )
    assert say(at, "accept").unwritten, "the same a second time"
    assert checks(at)[:2] == [("categories", "kind", "accepted"), ("categories", "kind", "failed")]
    assert len(at.rows("SELECT * FROM staging._rulings")) == 1
    assert written(at) == 0
    (outcome,) = at.load("t", LAST)
    assert not outcome.refusal
    assert check_of(outcome, "categories").passed
    assert check_of(outcome, "categories").description.endswith("; accepted by anna: so it is")
    assert checks(at)[:2] == [("categories", "kind", "accepted")] * 2

    told.answer(LAST, other)
    (worse,) = at.take("t", LAST)
    assert "kind: gone: 'a', 'b'" in worse.refusal
    told.answer(LAST, fewer)
    (again,) = at.take("t", LAST)
    assert (again.refusal, written(at)) == ("", 20)

    assert not say(at, "withdraw").unwritten
    (stands,) = at.load("t", LAST)
    assert not check_of(stands, "categories").passed
    told.answer(LAST, other)
    assert at.take("t", LAST)[0].refusal
    say(at, "accept")
    say(at, "withdraw")
    latest = at.rows(f"SELECT cause FROM staging._ledger WHERE partition = '{LAST}' ORDER BY sequence DESC LIMIT 1")
    assert '"rejected"' in latest[0]["cause"]
    at.verify()


def test_of_an_older_warehouse_and_what_fires_once_it_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Scripted({DAYS[0]: [rows(DAYS[0])], DAYS[2]: [rows(DAYS[2])]})
    at = place(tmp_path, source(Day, told, partition=MONTHS, statistics=[Completeness()]))
    at.take("t", DAYS[0])
    at.take("t", DAYS[2])
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.swapping("staged/t") as swap:
        for table in ("_profiles", "_checks"):
            swap.define(f"ALTER TABLE {session.relation(warehouse.staging, table)} DROP COLUMN version")

    def fires() -> list[str]:
        with warehouse.session() as session, session.reading():
            return [each.partition for each in exceeded(session, warehouse.staging, datetime.now(UTC))]

    assert fires() == [DAYS[2]]
    (ruling,) = say(at, "accept", "completeness", DAYS[2], until=rulings.today()).rulings
    (entry,) = at.rows(f"SELECT version FROM staging._ledger WHERE partition = '{DAYS[2]}'")
    assert ruling.version == entry["version"]
    assert fires() == []
    monkeypatch.setattr(rulings, "today", lambda: date.max)
    assert fires() == [DAYS[2]]
    told.answer(DAYS[2], rows(DAYS[2], count=30))
    assert not at.take("t", DAYS[2])[0].refusal
    at.verify()


def test_killed_at_each_write_and_under_a_clock_that_runs_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Scripted({DAYS[0]: [rows(DAYS[0])], DAYS[2]: [rows(DAYS[2])]})
    at = place(tmp_path, source(Day, told, partition=MONTHS, statistics=[Completeness(severity="stop")]))
    at.take("t", DAYS[0])
    assert at.take("t", DAYS[2])[0].refusal
    books = ("_checks", "_ledger")

    def counts() -> list[int]:
        return [len(at.rows(f"SELECT * FROM staging.{book}")) for book in books]

    append, before = tables.append, counts()
    for last in (0, 1, 2):
        calls: list[int] = []

        def killed(*given: Any, calls: list[int] = calls, last: int = last) -> None:
            if len(calls) == last:
                raise KeyboardInterrupt
            calls.append(1)
            append(*given)

        with monkeypatch.context() as patch:
            patch.setattr(tables, "append", killed)
            with pytest.raises(KeyboardInterrupt):
                say(at, "accept", "completeness", DAYS[2])
        assert (counts(), len(calls)) == (before, last)

    class Slow(datetime):
        """A clock that is years behind."""

        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime(2020, 1, 1, tzinfo=tz)

    monkeypatch.setattr(measuring, "datetime", Slow)
    assert say(at, "accept", "completeness", DAYS[2]).unwritten
    assert say(at, "accept", "completeness", DAYS[2]).unwritten, "the same a second time"
    assert counts() == [before[0] + 1, before[1] + 1]
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.reading():
        (found,) = measuring.newest(session, warehouse.staging, "staged/t", DAYS[2])["staged/t", DAYS[2]]
    assert found.measured.verdict == "accepted"
    assert not at.load("t", DAYS[2])[0].refusal
    at.verify()


def profiles(*counts: int) -> dict[str, Profile]:
    """Of the last days, each with a column in which so many of a hundred values are missing."""
    days = [partition.key for partition in MONTHS.between("2024-01-01", "2024-02-29")][-len(counts) :]
    return {
        day: Profile(100, {"x": ColumnProfile("text", 100, count, 1, 1, "a", "a", counts='{"v":"a","n":1}')}, {}, day)
        for day, count in zip(days, counts, strict=True)
    }


def compared(statistic: Statistic, known: dict[str, Profile], *said: Ruling) -> Reference:
    partitions = MONTHS.between("2024-01-01", "2024-02-29")
    return Reference([statistic], partitions, 1, [False] * len(partitions), known, Rulings.of(said))


def verdict(known: dict[str, Profile], *said: Ruling) -> str:
    *_, last = known
    before = {key: profile for key, profile in known.items() if key != last}
    reference = compared(NullShare(), before, *said)
    return reference.measure({last: known[last]})[last][0].verdict


@pytest.mark.parametrize(
    ("kind", "version", "until", "found"),
    [
        ("accept", "", None, "passed"),
        ("confirm", "", None, "failed"),
        ("confirm", "other rows", None, "passed"),
        ("withdraw", "", None, "passed"),
        ("accept", "", date.today() - timedelta(days=9), "failed"),
        ("accept", "", date.today() + timedelta(days=9), "passed"),
    ],
)
def test_a_confirmed_defect_is_no_part_of_what_is_usual(
    kind: Any, version: str, until: date | None, found: str
) -> None:
    known = profiles(*[0] * 49, 30, *[0] * 9, 30)
    day = list(known)[49]
    assert verdict(known) == "passed", "a third is missing, as nine days ago"
    assert verdict(known, Ruling(day, "null_share", "x", kind, version or day, 0.3, "anna", "why", until)) == found


def judged(statistic: Statistic, value: float, version: str, ruling: Ruling) -> str:
    figure = Figure("x", "failed", value, 0.1, "found")
    return Rulings.of([ruling]).applied(Measured(statistic, [figure]), "p", version).verdict


def test_an_acceptance_is_of_these_rows_and_of_nothing_worse() -> None:
    accepted = Ruling("p", "volume", "x", "accept", "v1", 0.3, "anna", "why")
    assert judged(Volume(), 0.3 + 1e-12, "v1", accepted) == "accepted"
    assert judged(Volume(), 0.2, "v1", accepted) == "accepted", "others were loaded again since"
    assert judged(Volume(), 0.31, "v1", accepted) == "failed"
    assert judged(Volume(), 0.3, "v2", accepted) == "failed"
    gap = Ruling("p", "completeness", "x", "accept", "v1", 2.0, "anna", "why")
    assert judged(Completeness(), 2.0, "v2", gap) == "accepted", "what is missing before does not depend on the rows"
    assert judged(Completeness(), 3.0, "v1", gap) == "failed"


def test_as_much_as_was_accepted_passes_against_another_table_from_then_on() -> None:
    statistic = References(columns=["x"], of="staged/y")
    accepted = Ruling("p", "references_x", "x", "accept", "v1", 0.3, "anna", "why")

    def verdict(partition: str, value: float, *said: Ruling) -> str:
        found = Measured(statistic, [Figure("x", "failed", value, 0.1, "found")])
        return Rulings.of(said).written(found, partition, "v2").verdict

    assert [verdict(key, 0.3, accepted) for key in ("o", "p", "q")] == ["failed", "failed", "accepted"]
    assert verdict("q", 0.4, accepted) == "failed"
    over = msgspec.structs.replace(accepted, until=date(2020, 1, 1))
    assert verdict("q", 0.3, over) == "failed"
    assert verdict("q", 0.3, accepted, msgspec.structs.replace(accepted, partition="q", kind="confirm")) == "failed"


def test_a_gap_that_was_accepted_is_none_for_those_after() -> None:
    known = profiles(*[0] * 20)
    days = list(known)
    del known[days[4]]
    accepted = Ruling(days[6], "completeness", "", "accept", "v", 1.0, "anna", "the source was down")

    def missing(*said: Ruling) -> list[str]:
        measured = compared(Completeness(), known, *said).measure(known)
        return [key for key, found in measured.items() if found[0].verdict == "failed"]

    assert missing() == days[5:]
    assert missing(accepted) == days[5:6]
