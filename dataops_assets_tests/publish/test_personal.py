"""Personal data are in production as it is declared: masked, hashed or kept; nowhere there in any other way."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.dialects.bigquery import BIGQUERY
from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.io.operation import to_report
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model import Contract, Date, Derived, Integer, Text, column
from dataops_assets.model.tables import DatasetError, Hiding
from dataops_assets.publish.approve import approve
from dataops_assets.publish.changes import changes
from dataops_assets.publish.decisions import Who
from dataops_assets.publish.hiding import shown
from dataops_assets.publish.rollback import release, roll_back
from dataops_assets.recovery import rebuild
from dataops_assets.staleness.judge import judge
from dataops_assets.staleness.snapshot import take
from dataops_assets.warehouse.tables import DerivedTable
from dataops_assets_tests.place import DAY, RUN, Place, Scripted, csv, daily, place, source

KEY = "0123456789abcdef0123456789abcdef-and-more-than-one-block-of-it-so-that-it-is-hashed"
WHO = Who("anna", "seen")
ANNA, OTTO = "anna@example.org", "ötto@example.org"
SQL = "select day, id, email, name, phone, city, n from staged.t where day >= @window_start and day < @window_end"


class People(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    email: Text = column("Who.", nullable=True, tags=["subject"])
    name: Text = column("Name.", tags=["pii"])
    phone: Integer = column("Phone.", nullable=True, tags=["PII"])
    city: Text = column("City.", tags=["pii"])
    n: Integer = column("Amount.")


def made(personal: Any, **more: Any) -> Derived:
    options = {"publish": True, "personal": personal} | more
    return Derived(name="made", contract=People, key=["day", "id"], partition=daily(), sql=SQL, **options)


HIDES: dict[str, Hiding] = {"email": "hash", "name": "mask", "phone": "mask", "city": "keep"}
OPEN: dict[str, Hiding] = dict.fromkeys(HIDES, "keep")


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_PSEUDONYM_KEY", KEY)


def a_place(home: Path, scripted: Scripted, personal: Any = HIDES, **more: Any) -> Place:
    return place(home, source(People, scripted), made(personal, **more))


def build(at: Place, scripted: Scripted, *lines: str) -> Any:
    scripted.answer(DAY, csv("day,id,email,name,phone,city,n", *(f"{DAY},{line}" for line in lines)))
    at.take("t", DAY)
    [outcome] = at.transform("made", DAY)
    assert not outcome.refusal, outcome.refusal
    [outcome] = at.publish("made", DAY)
    return outcome


def hashed(value: str) -> str:
    return hmac.new(KEY.encode(), value.encode(), hashlib.sha256).hexdigest()


LINES = (f"1,{ANNA},Anna,4711,Bonn,5", f"2,{OTTO},Otto,4712,Köln,6", "3,,Nobody,,Ulm,7")


@pytest.mark.usefixtures("each_backend")
def test_production_shows_what_is_declared(tmp_path: Path) -> None:
    scripted = Scripted()
    at = a_place(tmp_path, scripted)
    assert not build(at, scripted, *LINES).refusal
    found = at.rows("SELECT id, email, name, phone, city, n FROM production.made")
    masked = {"name": "•••", "phone": None}
    assert found == [
        {"id": 1, "email": hashed(ANNA), "city": "Bonn", "n": 5, **masked},
        {"id": 2, "email": hashed(OTTO), "city": "Köln", "n": 6, **masked},
        {"id": 3, "email": None, "city": "Ulm", "n": 7, **masked},
    ]
    assert at.rows("SELECT email FROM staging.made WHERE id = 1") == [{"email": ANNA}], "who transforms has to see it"
    at.verify()
    again = at.publish("made", DAY)[0]
    assert (again.refusal, again.changed) == ("", False), "the same once more changes nothing"
    outcome = build(at, scripted, "1,anna@example.com,Anne,4711,Bonn,8", *LINES[1:])
    page = to_report(DAY, outcome).metadata["difference"].value
    assert "5 → 8" in page
    assert "• → •" in page.replace("•••", "•")
    assert not [value for value in ("anna@", "Anna", "Anne", hashed(ANNA)) if value in page]
    first = at.project.catalog.derived["made"]
    storage = at.project.storage
    roll_back(storage, first, at.partitions(first, [DAY]), None, WHO, RUN)
    assert at.rows("SELECT email, n FROM production.made WHERE id = 1") == [{"email": hashed(ANNA), "n": 5}]
    assert at.publish("made", DAY)[0].refusal, "held by the rollback"
    release(storage, first, at.partitions(first, [DAY]), WHO, RUN)
    assert not at.publish("made", DAY)[0].refusal
    assert at.rows("SELECT n FROM production.made WHERE id = 1") == [{"n": 8}]
    at.verify()


@pytest.mark.slow
def test_no_plain_value_is_in_the_lake_of_production(tmp_path: Path) -> None:
    scripted = Scripted()
    at = a_place(tmp_path, scripted)
    build(at, scripted, *LINES)
    lake = Path(at.project.storage.production.uri(""))
    found = [file.read_bytes() for file in lake.rglob("*") if file.is_file()]
    assert [content for content in found if b"Bonn" in content], "what is kept is there"
    assert not [value for value in (ANNA, "Anna", OTTO, "Otto") for content in found if value.encode() in content]
    assert not [content for content in found if KEY.encode() in content]


def test_another_declaration_makes_production_stale(tmp_path: Path) -> None:
    scripted = Scripted()
    build(a_place(tmp_path, scripted, OPEN), scripted, *LINES)
    at = a_place(tmp_path, scripted)
    asset = ("production/made", DAY)

    def said() -> Any:
        storage, catalog = at.project.storage, at.project.catalog
        return judge(catalog, take(storage, catalog, {}))[asset]

    assert (said().status, [reason.changed for reason in said().changed]) == ("stale", ["personal"])
    at.publish("made", DAY)
    assert said().status == "current"
    assert at.rows("SELECT email FROM production.made WHERE id = 1") == [{"email": hashed(ANNA)}]
    at = a_place(tmp_path, scripted, OPEN)
    assert said().status == "stale"
    at.publish("made", DAY)
    assert said().status == "current"
    assert at.rows("SELECT email FROM production.made WHERE id = 1") == [{"email": ANNA}]
    at.verify()


@pytest.mark.slow
def test_what_is_approved_is_the_version_that_was_validated(tmp_path: Path) -> None:
    scripted = Scripted()
    at = a_place(tmp_path, scripted, publish="approval")
    assert "approval" in build(at, scripted, *LINES).refusal
    storage, table = at.project.storage, at.project.catalog.derived["made"]
    [change] = changes(storage.warehouse, table).values()
    assert change.comes
    approve(storage, table, at.partitions(table, [DAY]), change.comes.version[:8], WHO, RUN)
    assert not at.publish("made", DAY)[0].refusal
    assert not at.publish("made", DAY)[0].refusal, "it needs no second approval"
    assert changes(storage.warehouse, table)[DAY].comes is None
    assert "approval" in build(at, scripted, *LINES[:2]).refusal
    [change] = changes(storage.warehouse, table).values()
    assert change.difference
    assert change.difference.rows_removed == 1
    at.verify()


@pytest.mark.slow
def test_a_warehouse_that_is_lost_is_made_again_as_it_was_shown(tmp_path: Path) -> None:
    scripted = Scripted()
    at = a_place(tmp_path, scripted)
    build(at, scripted, *LINES)
    was = at.rows("SELECT * FROM production.made")
    (tmp_path / "warehouse.duckdb").unlink()
    at = a_place(tmp_path, scripted)
    every = [f"{layer}/t" for layer in ("raw", "staged")] + ["transformed/made", "production/made"]
    assert rebuild(at.project.storage, at.project.catalog, every, RunInfo("again"), print) == []
    assert at.rows("SELECT * FROM production.made") == was
    at.verify()


def test_without_the_secret_nothing_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted()
    at = a_place(tmp_path, scripted)
    for value, words in (("", "is not set"), ("short-secret", "fewer than 32")):
        monkeypatch.setenv("DATAOPS_PSEUDONYM_KEY", value)
        with pytest.raises(ValueError, match=words) as error:
            build(at, scripted, *LINES)
        assert "short-secret" not in str(error.value)
    assert not at.rows("SELECT * FROM information_schema.tables WHERE table_schema = 'production'")


@pytest.mark.parametrize(
    ("personal", "words"),
    [
        ({"email": "hash"}, "name, phone, city as personal data: say what becomes of that"),
        (OPEN | {"phone": "hash"}, "whose type is int64"),
        (OPEN | {"email": "secret"}, "not 'secret'"),
        (OPEN | {"nam": "mask"}, "'nam'"),
        (OPEN | {"n": "mask"}, "does not tag"),
    ],
)
def test_what_cannot_be_kept_is_refused(tmp_path: Path, personal: Any, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        a_place(tmp_path, Scripted(), personal)
    with pytest.raises(DatasetError, match="not published"):
        a_place(tmp_path, Scripted(), OPEN, publish=False)
    a_place(tmp_path, Scripted(), {}, publish=False)


class ByName(People):
    """The name is the key, and is no text that may be missing."""

    phone: Integer = column("Phone.", tags=["pii"])


def test_a_key_is_not_masked(tmp_path: Path) -> None:
    masked: list[dict[str, Hiding]] = [{"name": "mask"}, {"phone": "mask"}]
    cases: tuple[tuple[dict[str, Hiding], list[str], str], ...] = (
        ({**OPEN, **masked[0]}, ["day", "name"], "rows could not be told apart"),
        ({**OPEN, **masked[1]}, ["day", "id"], "neither a Text nor nullable"),
    )
    for hides, key, words in cases:
        derived = Derived(
            name="made", contract=ByName, key=key, partition=daily(), sql=SQL, publish=True, personal=hides
        )
        with pytest.raises(DatasetError, match=words):
            place(tmp_path, source(People, Scripted()), derived)


def test_a_repeated_key_is_not_told(tmp_path: Path) -> None:
    scripted = Scripted()
    sql = f"{SQL} union all {SQL}"
    derived = Derived(
        name="made", contract=People, key=["day", "city"], partition=daily(), sql=sql, publish=True, personal=OPEN
    )
    at = place(tmp_path, source(People, scripted), derived)
    scripted.answer(DAY, csv("day,id,email,name,phone,city,n", f"{DAY},{LINES[0]}"))
    at.take("t", DAY)
    [outcome] = at.transform("made", DAY)
    assert "near day=2024-01-01, city=•••" in outcome.refusal
    assert "Bonn" not in repr(outcome)


def test_the_statements_of_both_engines() -> None:
    """As they were reviewed: the secret is in none of them."""
    spec = DerivedTable(made(HIDES)).spec
    said = {
        (dialect.name, name): shown(dialect, spec.column(name), HIDES[name])
        for dialect in (DUCKDB, BIGQUERY)
        for name in HIDES
    }
    assert said == {
        ("duckdb", "email"): 'SHA256(k.outer_pad || UNHEX(SHA256(k.inner_pad || ENCODE(r."email"))))',
        ("duckdb", "name"): "'•••'",
        ("duckdb", "phone"): "CAST(NULL AS BIGINT)",
        ("duckdb", "city"): 'r."city"',
        (
            "bigquery",
            "email",
        ): "TO_HEX(SHA256(CONCAT(k.outer_pad, SHA256(CONCAT(k.inner_pad, CAST(r.`email` AS BYTES))))))",
        ("bigquery", "name"): "'•••'",
        ("bigquery", "phone"): "CAST(NULL AS INT64)",
        ("bigquery", "city"): "r.`city`",
    }
