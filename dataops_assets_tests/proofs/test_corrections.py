"""Whatever order loads, replays and discards come in: the books balance, and the lake alone tells what stands."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.load.correcting import CorrectionRefused, Deciding
from dataops_assets.model import Contract, Date, Integer, Source, Text, column
from dataops_assets.recovery import rebuild
from dataops_assets_tests.place import DAY, Place, Scripted, daily, jsonl, place

SOURCES: dict[str, Any] = {"merged": "merge", "replaced": "replace", "appended": "append"}


class Rows(Contract, quarantine_above=0.8):
    """Rows of a day; an amount above 90 is set aside, one below zero stops the load."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", le=90, ge=0, severity={"ge": "stop"})
    word: Text = column("Word.", nullable=True, required=False)


AMOUNT = st.sampled_from([1, 7, 95, 96, "free", -1])
ANSWER = st.lists(st.fixed_dictionaries({"id": st.integers(1, 3), "amount": AMOUNT}), max_size=4)
STEP = st.one_of(
    st.tuples(st.just("extract"), ANSWER),
    st.tuples(st.just("load"), st.none()),
    st.tuples(st.just("replay"), st.lists(st.sampled_from(["5", "free", "97"]), min_size=1, max_size=3)),
    st.tuples(st.just("discard"), st.sampled_from(["", "amount.le", "amount.ge"])),
)


def made(steps: Sequence[tuple[str, Any]], home: Path) -> None:
    scripted = Scripted()
    at = place(
        home,
        *(
            Source(
                name=name,
                extract=scripted,
                contract=Rows,
                partition=daily(),
                key=[] if name == "appended" else ["day", "id"],
                write=write,
            )
            for name, write in SOURCES.items()
        ),
    )
    scripted.answer(DAY, jsonl({"day": DAY, "id": 0, "amount": 1}, {"day": DAY, "id": 9, "amount": "free"}))
    for name in SOURCES:
        assert not at.take(name, DAY)[0].refusal
    for word, argument in steps:
        if word == "extract":
            records = [{"day": DAY, "id": 0, "amount": 1}, *({"day": DAY, **each} for each in argument)]
            scripted.answer(DAY, jsonl(*records))
        for name in SOURCES:
            if word == "extract":
                at.extract(name, DAY)
            elif word != "load":
                said(at, name, word, argument)
            if word != "extract":
                [outcome] = at.load(name, DAY)
                [again] = at.load(name, DAY)
                assert not again.changed
                assert outcome.refusal == again.refusal
        at.verify()
    for name in SOURCES:
        at.load(name, DAY)
    stands = {name: tables(at, name) for name in SOURCES}
    storage = at.project.storage
    with storage.warehouse.session() as session, session.swapping("staged/merged") as swap:
        for name in SOURCES:
            for table in (f"raw_{name}", f"quarantine_{name}"):
                swap.execute(f"DROP TABLE {session.relation('staging', table)}")
        swap.execute(f"DROP TABLE {session.relation('staging', '_ledger')}")
    everything = {f"{layer}/{name}" for name in SOURCES for layer in ("raw", "staged")}
    refused = rebuild(storage, at.project.catalog, everything, RunInfo("rebuild"), lambda line: None)
    at.verify()
    for name in SOURCES:
        if not any(f"staged/{name} " in line for line in refused):  # what is refused now may have stood from before
            assert tables(at, name) == stands[name]


def said(at: Place, name: str, word: str, argument: Any) -> None:
    """Say something of some of the bad rows; the same once more is nothing new."""
    storage, table = at.project.storage, at.project.catalog.staged[name]
    deciding = Deciding(storage.warehouse, storage.staging, table, at.partitions(table, [DAY])[0], "otto", "why")
    if word == "discard":
        deciding.discard(check=argument)
        at.load(name, DAY)
        assert deciding.discard(check=argument) is None or at.load(name, DAY)[0].refusal
        return
    texts = dict.fromkeys(row["raw"] for row in at.quarantine(name) if row["checks"] != "uniqueness")
    rows = [{"_raw": raw, "amount": amount} for raw, amount in zip(texts, argument, strict=False)]
    if not rows:
        with pytest.raises(CorrectionRefused):
            deciding.replay(rows)
        return
    deciding.replay(rows)
    assert deciding.replay(rows) is None


def tables(at: Place, name: str) -> tuple[Any, ...]:
    staged = at.staged(name, "day, id, amount, word")
    aside = [
        (json.loads(row["raw"])["id"], row["checks"], row["replayed"], row["given_up"])
        for row in at.quarantine(name)
        if not row["stopped"]
    ]
    return staged, sorted(map(repr, aside))


KNOWN: list[tuple[str, Any]] = [
    ("replay", ["5"]),
    ("extract", [{"id": 1, "amount": 95}, {"id": 2, "amount": -1}]),
    ("load", None),
    ("discard", "amount.ge"),
    ("replay", ["free"]),
    ("extract", [{"id": 1, "amount": 95}, {"id": 2, "amount": 7}]),
    ("discard", ""),
]


RELAXED: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.slow
def test_a_known_sequence(tmp_path: Path) -> None:
    made(KNOWN, tmp_path)


@pytest.mark.slow
@settings(max_examples=5, **RELAXED)
@given(st.lists(STEP, min_size=2, max_size=7))
def test_any_order(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made(steps, Path(folder))
