"""What a statement is billed for does not grow with the partitions that it has nothing to do with.

The stand-in counts bytes as BigQuery prunes: by conditions on the partition column, with constants or parameters, in
the statement that reads the table. https://cloud.google.com/bigquery/docs/querying-partitioned-tables

Reading the ledger is exempt, and may grow by its entries: it has no partitions, as its newest entries are wanted by
asset and partition. By these it is clustered, and each query says them as constants, so that BigQuery reads few blocks
of it; the stand-in knows no blocks. An entry has about 1 kB, and below 10 MiB BigQuery bills 10 MiB in either case.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dataops_assets.model import Contract, Date, Derived, Integer, Window, column
from dataops_assets.warehouse.base import Answer
from dataops_assets.warehouse.bigquery.session import BigQuerySession
from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse
from dataops_assets.warehouse.slices import Slices
from dataops_assets_tests.backends import cloud_storage
from dataops_assets_tests.place import Place, Scripted, csv, daily, place, source
from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.warehouse.recorded import readable

LATER, PUT_OFF = BigQuerySession.later, BigQuerySession._put_off
DAYS = [f"2024-01-{day:02d}" for day in range(1, 9)]


class Taken(Contract, quarantine_above=0.5):
    """Rows of the source: one of three is bad."""

    day: Date = column("Day.")
    id: Integer = column("Number.", ge=1)


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


def summed(t: pd.DataFrame, window: Window) -> pd.DataFrame:
    """The day before, beside the day."""
    return t.loc[t.day >= pd.Timestamp(window.start.date())]


def billed(cloud: Cloud, home: Path, before: int) -> dict[str, int]:
    """Bytes by statement of a correction on its way to production, with so many days there before it."""
    sql = "select day, id from staged.t where day >= @window_start and day < @window_end"
    made = Derived(name="made", contract=Rows, key=["day", "id"], partition=daily(), publish=True, sql=sql)
    read = Derived(name="read", contract=Rows, key=["day", "id"], partition=daily(), history={"t": 1}, function=summed)
    scripted = Scripted({day: [csv("day,id", f"{day},0", f"{day},1", f"{day},2")] for day in DAYS})
    whole = source(Taken, scripted, name="u", write="replace")  # its quarantine is put in the place of what is there
    at = place(home, source(Taken, scripted, write="merge"), whole, made, read)
    at.project.storage = cloud_storage(cloud.project, home, [])
    last, days = DAYS[-1], DAYS[-1 - before :]
    take(at, *days)
    scripted.answer(last, csv("day,id", f"{last},0", f"{last},3", f"{last},4"))
    warehouse = at.project.storage.warehouse
    assert isinstance(warehouse, BigQueryWarehouse)
    warehouse._running.clear()
    with pytest.MonkeyPatch.context() as patch:
        # Each a job of its own: those of the ledger, which grows, and those of tables.
        patch.setattr(BigQuerySession, "later", asked_at_once)
        patch.setattr(BigQuerySession, "_put_off", run_at_once)
        take(at, last)
    found: dict[str, int] = {}
    for jobs in list(warehouse._running):
        for record in jobs.statistics:
            text = getattr(warehouse.client.get_job(record.job_id), "query", "")
            for place_ in ("staging", "production", "scratch"):
                text = text.replace(getattr(warehouse, place_), place_)
            if not reads_ledger_alone(text):
                name = readable(re.sub(r"@p\d+_", "@", text))
                found[name] = found.get(name, 0) + record.bytes_processed
    assert (len(at.quarantine("t")), len(at.quarantine("u"))) == (before + 2, before + 1)
    return found


def asked_at_once(session: BigQuerySession, *asked: Any, **otherwise: Any) -> Answer:
    answer = LATER(session, *asked, **otherwise)
    answer()
    return answer


def run_at_once(session: BigQuerySession, *statement: Any) -> None:
    PUT_OFF(session, *statement)
    session.settle()


def reads_ledger_alone(statement: str) -> bool:
    """Of the committed tables a statement names the ledger and no other."""
    named = set(re.findall(r"`(?:staging|production)`\.`(\w+)`", statement))
    return named == {"_ledger"} and not statement.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN"))


def take(at: Place, *days: str) -> None:
    for outcome in (*at.take("t", *days), *at.transform("made", *days), *at.publish("made", *days)):
        assert not outcome.refusal
    assert not any(outcome.refusal for outcome in (*at.transform("read", *days), *at.take("u", *days)))


@pytest.fixture(scope="module")
def few(cloud_servers: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """With one day there before."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud_servers.environment.items():
            patch.setenv(name, value)
        yield billed(cloud_servers, tmp_path_factory.mktemp("few"), 1)


@pytest.mark.slow
def test_no_statement_reads_more_than_the_partitions_it_needs(
    cloud: Cloud, tmp_path: Path, few: dict[str, int]
) -> None:
    many = billed(cloud, tmp_path, 3)
    assert few.keys() == many.keys()
    grown = {statement: (few[statement], many[statement]) for statement in few if many[statement] > few[statement]}
    assert grown == {}
    assert len(few) > 20
    assert any("DELETE FROM `stand-in`.`staging`.`quarantine_u`" in each for each in few)
    assert sum(few.values()) > 0


@pytest.mark.cloud
def test_a_statement_that_reads_more_is_found(
    cloud: Cloud, tmp_path: Path, few: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slices, "within", lambda *_: "TRUE")
    many = billed(cloud, tmp_path, 3)
    assert sum(many.values()) > sum(few.values())
