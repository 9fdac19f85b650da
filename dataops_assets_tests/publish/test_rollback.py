"""A published version is put back exactly as it was, and holds its partition until it is released."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.ledger import entries
from dataops_assets.ledger.entry import Decision, Entry
from dataops_assets.model import Derived, Integer, column
from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.publish import publish as publishing
from dataops_assets.publish import rollback
from dataops_assets.publish.decisions import DecisionRefused, Who, note
from dataops_assets.publish.rollback import release, roll_back
from dataops_assets.recovery import rebuild
from dataops_assets.verification.report import Problem
from dataops_assets.verification.verify import verify_all
from dataops_assets_tests.place import DAY, RUN, Place, Scripted, csv, place, source
from dataops_assets_tests.publish.test_difference import Made, Rows, a_place, published

WHO = Who("anna", "the delays are in seconds")


def back(at: Place, *keys: str, to: str | None = None) -> Any:
    table = at.project.catalog.derived["made"]
    return roll_back(at.project.storage, table, at.partitions(table, keys or [DAY]), to, WHO, RUN)


def released(at: Place) -> Any:
    table = at.project.catalog.derived["made"]
    return release(at.project.storage, table, at.partitions(table, [DAY]), Who("otto", "it is mended"), RUN)


def shown(at: Place) -> list[dict[str, Any]]:
    return at.rows("SELECT * FROM production.made")


@pytest.mark.usefixtures("each_backend")
def test_an_earlier_version_stands_until_it_is_released(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path)
    published(at, scripted, "1,10,a,anna", "2,20,,")
    first, version = shown(at), at.publish("made", DAY)[0].entry.version
    published(at, scripted, "1,600,a,anna", "2,1200,,", "3,1,,")
    second = shown(at)

    entry = back(at)[DAY]
    assert shown(at) == first
    decision = Decision("rollback", version, WHO.by, WHO.reason, entry.decision.at)
    assert (entry.version, entry.decision) == (version, decision)
    assert (entry.difference.rows_removed, entry.difference.rows_changed) == (1, 2)
    assert back(at)[DAY].id == entry.id, "the same again changes nothing"
    at.verify()

    [held] = at.publish("made", DAY)
    assert f"production/made {DAY}: rolled back by anna because the delays are in" in held.refusal
    assert f"dataops release made --partitions {DAY} --reason" in held.refusal
    assert shown(at) == first
    assert at.publish("made", DAY)[0].refusal, "nor at the next time"
    at.verify()

    release_ = released(at)[DAY]
    assert release_.decision.kind == "release"
    assert released(at)[DAY].id == release_.id, "the same again changes nothing"
    with pytest.raises(DecisionRefused, match=f"no other version than {version} stood there before it; --to takes any"):
        back(at)
    assert at.publish("made", DAY)[0].refusal == ""
    assert shown(at) == second
    assert back(at, to=version[:8])[DAY].version == version
    assert shown(at) == first
    at.verify()


def test_a_publication_that_began_before_a_rollback_does_not_undo_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, scripted = a_place(tmp_path)
    published(at, scripted, "1,10,a,anna")
    published(at, scripted, "1,20,a,anna")
    first = at.rows("SELECT id, 10 AS amount FROM production.made")
    scripted.answer(DAY, csv("day,id,amount,word,who", f"{DAY},1,30,a,anna"))
    at.take("t", DAY)
    at.transform("made", DAY)
    copy = publishing.copy_versions

    def meanwhile(*given: Any) -> None:
        copy(*given)
        back(at)

    monkeypatch.setattr(publishing, "copy_versions", meanwhile)
    assert "rolled back by anna" in at.publish("made", DAY)[0].refusal
    assert at.rows("SELECT id, amount FROM production.made") == first
    at.verify()


def test_a_rollback_holds_whatever_older_code_writes(tmp_path: Path) -> None:
    """Which knows of no decision, nor of the columns of one."""
    at, scripted = a_place(tmp_path)
    published(at, scripted, "1,10,a,anna")
    first = shown(at)
    published(at, scripted, "1,20,a,anna")
    storage, asset = at.project.storage, "production/made"
    with storage.warehouse.session() as session, session.swapping(asset) as swap:
        for name in ("difference", "decision"):
            swap.execute(f"ALTER TABLE {session.relation('staging', entries.TABLE)} DROP COLUMN {name}")
    assert back(at)[DAY].decision.kind == "rollback"
    with storage.warehouse.session() as session, session.swapping(asset) as swap:
        before = entries.states(session, "staging", asset)
        refused = Entry.refused(asset, DAY, before[DAY], "held", "by older code", None)
        note(session, swap, "staging", {DAY: refused}, before)
    assert "rolled back by anna" in at.publish("made", DAY)[0].refusal
    assert shown(at) == first
    assert released(at)
    assert at.publish("made", DAY)[0].refusal == ""


def test_a_table_without_partitions(tmp_path: Path) -> None:
    scripted = Scripted()
    made = Derived(
        name="made",
        contract=Rows,
        key=["day", "id"],
        publish=True,
        personal={"who": "keep"},
        sql="select day, id, amount, word, who from staged.t",
    )
    at = place(tmp_path, source(Rows, scripted, partition=None), made)
    for amount in (10, 20):
        scripted.answer(UNPARTITIONED, csv("day,id,amount,word,who", f"{DAY},1,{amount},,"))
        at.take("t")
        at.transform("made")
        assert at.publish("made")[0].refusal == ""
    table, storage = at.project.catalog.derived["made"], at.project.storage
    difference = roll_back(storage, table, [None], None, WHO, RUN)[UNPARTITIONED].difference
    assert difference
    assert difference.rows_changed == 1
    assert at.rows("SELECT amount FROM production.made") == [{"amount": 10}]
    assert "rolled back" in at.publish("made")[0].refusal
    at.verify()
    release(storage, table, [None], WHO, RUN)
    assert at.publish("made")[0].refusal == ""
    assert at.rows("SELECT amount FROM production.made") == [{"amount": 20}]


@pytest.mark.slow
def test_a_warehouse_that_is_lost_shows_what_was_rolled_back_to(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path)
    published(at, scripted, "1,10,a,anna")
    first = shown(at)
    published(at, scripted, "1,20,a,anna")
    second = shown(at)
    back(at)
    at = lost_and_rebuilt(tmp_path, scripted)
    assert shown(at) == first
    assert "rolled back by anna" in at.publish("made", DAY)[0].refusal
    at.verify()
    released(at)
    at = lost_and_rebuilt(tmp_path, scripted)
    assert shown(at) == second, "it was released"
    at.verify()


def lost_and_rebuilt(home: Path, scripted: Scripted) -> Place:
    for file in home.glob("warehouse.duckdb*"):
        file.unlink()
    made = a_place(home)[0].project.catalog.derived["made"].derived
    at = place(home, source(Rows, scripted), made)
    every = ("staged/t", "transformed/made", "production/made")
    assert rebuild(at.project.storage, at.project.catalog, every, RUN, lambda line: None) == []
    return at


def test_what_the_lake_has_not_got_is_not_restored(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path)
    published(at, scripted, "1,10,a,anna")
    [path] = [*tmp_path.glob("lake/production/made/**/part-*.parquet")]
    published(at, scripted, "1,20,a,anna")
    stands = shown(at)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LakeDamaged, match="cannot be restored"):
        back(at)
    with pytest.raises(DecisionRefused, match="version ffff was never published; there are"):
        back(at, to="ffff")
    assert shown(at) == stands


def test_what_was_killed_or_changed_since_is_mended_by_the_same_rollback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, scripted = a_place(tmp_path)
    published(at, scripted, "1,10,a,anna")
    first, version = shown(at), at.publish("made", DAY)[0].entry.version
    published(at, scripted, "1,20,a,anna")
    with monkeypatch.context() as patch:
        patch.setattr(rollback, "point_to_what_is_shown", killed)
        with pytest.raises(KeyboardInterrupt):
            back(at)
    [pointer] = problems(at)
    assert "the lake points to version" in pointer.problem
    again = f"dataops rollback made --partitions {DAY} --to {version} --reason …"
    assert pointer.command == again
    back(at)
    at.verify()

    storage = at.project.storage
    with storage.warehouse.session() as session, session.swapping("production/made") as swap:
        swap.execute(f"DELETE FROM {session.relation(storage.warehouse.production, 'made')}")
    [lost] = problems(at)
    assert lost.command == again
    assert rebuild(storage, at.project.catalog, ["production/made"], RUN, lambda line: None) == []
    assert shown(at) == first
    at.verify()
    assert "rolled back" in at.publish("made", DAY)[0].refusal


def killed(*_: Any) -> None:
    """As a process is."""
    raise KeyboardInterrupt


def problems(at: Place) -> list[Problem]:
    storage = at.project.storage
    return verify_all(storage.warehouse, storage.staging, storage.production, at.project.catalog).problems


def test_a_version_of_another_contract(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path)
    published(at, scripted, "1,10,a,anna")
    first = shown(at)

    class Wider(Made):
        """With one more column."""

        more: Integer = column("More.", nullable=True)

    made = at.project.catalog.derived["made"].derived
    wider = replace(made, contract=Wider, sql=f"select *, 7 as more from ({made.sql})")
    later = place(tmp_path, source(Rows, scripted), wider)
    wide = published(later, scripted, "1,10,a,anna").entry.version
    assert shown(later) == [{**first[0], "more": 7}]
    assert back(later)[DAY].difference.schema == {}
    assert shown(later) == [{**first[0], "more": None}]
    later.verify()
    with later.project.storage.warehouse.session() as session, session.swapping("production/made") as swap:
        swap.execute(f"DELETE FROM {session.relation('production', 'made')}")
    assert "production.made holds 0 rows" in str(problems(later))
    back(later)
    assert shown(later) == [{**first[0], "more": None}], "under another contract rows are counted"
    later.verify()

    at_first = place(tmp_path, source(Rows, scripted), made)
    back(at_first, to=wide)
    assert shown(at_first) == [{**first[0], "more": 7}], "production has the column still"
