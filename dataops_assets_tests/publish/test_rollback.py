"""A published version is put back exactly as it was, and holds its partition until it is released."""

from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.ledger.entry import Decision
from dataops_assets.publish import publish as publishing
from dataops_assets.publish.rollback import DecisionRefused, Who, release, roll_back
from dataops_assets_tests.place import DAY, RUN, Place, csv
from dataops_assets_tests.publish.test_difference import a_place, published

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
    assert f"production/made {DAY}: rolled back to version {version} by anna because the delays are in" in held.refusal
    assert f"dataops release made --partitions {DAY} --reason" in held.refusal
    assert shown(at) == first
    assert at.publish("made", DAY)[0].refusal, "nor at the next time"
    at.verify()

    assert released(at)[DAY].decision.kind == "release"
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
    assert "rolled back to version" in at.publish("made", DAY)[0].refusal
    assert at.rows("SELECT id, amount FROM production.made") == first
    at.verify()


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
