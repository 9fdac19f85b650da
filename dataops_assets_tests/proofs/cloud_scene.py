"""A small shop on the stand-ins, its runs with faults or a kill on the way, and what must be there afterwards.

What must be there is what the same days leave in files and DuckDB, without a fault.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from dataops_assets_tests.lake.strict_gcs import Request
from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.between import PASSING, EachOnce, between, kind, writes
from dataops_assets_tests.proofs.killing import Child, different, torn
from dataops_assets_tests.proofs.shop import DAYS, offer, stall, take
from dataops_assets_tests.standins.cloud import Cloud

PATIENCE = 60.0
"""Seconds a run waits for an answer."""

NOTHING: dict[str, Any] = {
    "rows": {table: {day: [] for day in DAYS} for table in state.TABLES},
    "pointers": {},
    "raw": {},
    "receipts": {},
    "problems": [],
}
Choose = Callable[[Request], str]


def expected(folder: Path, variants: Sequence[str], days: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What is there locally after each of these variants, one taken after the other; "" is nothing."""
    project, found = stall(folder), {"": NOTHING}
    for variant in variants:
        offer(folder, dict.fromkeys(days, variant))
        take(project, days)
        found[variant] = comparable({**state.everything(project), "problems": []})
    return found


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """Without the versions, which are fingerprints that each warehouse makes in its own way; `problems` ties them."""
    receipts = {key: [verdict, rows, decided] for key, (verdict, _, rows, decided) in found["receipts"].items()}
    return {**json.loads(json.dumps(found)), "receipts": receipts, "pointers": dict.fromkeys(found["pointers"], "")}


class Stall:
    """The shop in buckets and datasets of its own. requests: of the last run. broken: as in `cloud_broken`. decision:
    what is decided about the days in the place of a run.

    `with` it, they are gone afterwards: the stand-ins get slower with all that is in them.
    """

    def __init__(
        self, cloud: Cloud, child: Child, folder: Path, days: Sequence[str] = DAYS[:2], broken: Sequence[str] = ()
    ) -> None:
        self._cloud, self._child, self._folder, self._broken = cloud, child, folder, broken
        self.days = days
        self.requests: list[Request] = []
        self.decision = ""
        self.name = cloud.name("stall")
        self.home = folder / self.name
        self.home.mkdir()
        for bucket in self._buckets:
            self.storage.create_bucket(bucket)

    @property
    def _buckets(self) -> list[str]:
        return [f"{self.name}-staging", f"{self.name}-production"]

    def __enter__(self) -> "Stall":
        return self

    def __exit__(self, *failed: object) -> None:
        for name in self._buckets:
            bucket = self.storage.bucket(name)
            bucket.delete_blobs(list(self.storage.list_blobs(bucket)))
            bucket.delete()
        for part in ("staging", "production", "scratch"):
            self.bigquery.delete_dataset(f"{self.name}_{part}", delete_contents=True, not_found_ok=True)

    def _client(self, kind: Any, variable: str) -> Any:
        address = {"api_endpoint": self._cloud.environment[variable]}
        return kind(project=self._cloud.project, credentials=AnonymousCredentials(), client_options=address)

    @cached_property
    def storage(self) -> storage.Client:
        return self._client(storage.Client, "STORAGE_EMULATOR_HOST")

    @cached_property
    def bigquery(self) -> bigquery.Client:
        return self._client(bigquery.Client, "BIGQUERY_EMULATOR_HOST")

    def copy(self, broken: Sequence[str] = ()) -> "Stall":
        """Another one with the same in it."""
        made = Stall(self._cloud, self._child, self._folder, self.days, broken)
        client = self.bigquery
        for ours, theirs in zip(self._buckets, made._buckets, strict=True):
            bucket, target = self.storage.bucket(ours), self.storage.bucket(theirs)
            for blob in self.storage.list_blobs(bucket):
                bucket.copy_blob(blob, target)
        for part in ("staging", "production"):
            client.create_dataset(f"{made.name}_{part}")
            tables = [table.table_id for table in client.list_tables(f"{self.name}_{part}")]
            clones = [f"CREATE TABLE {made.name}_{part}.{t} CLONE {self.name}_{part}.{t}" for t in tables]
            client.query(";\n".join(clones)).result()
        return made

    def run(self, variant: str, choose: Choose = lambda request: "", patience: float = PATIENCE) -> dict[str, Any]:
        """Take what the source now says through, with the faults that `choose` says; {"code": how the process ended,
        "verdicts": …} or {…, "error": …}.
        """
        offer(self.home, dict.fromkeys(self.days, variant))
        with between(self._cloud.environment) as (server, both, environment):
            server.choose, server.slow_seconds = choose, patience + 0.5
            if isinstance(choose, Kill):
                choose.aim(self.home, lambda function: setattr(both, "done", function))
            arguments = (self.home, self.name, environment, list(self.days), patience, self.decision)
            code, answer = self._child.ask("run", *arguments, broken=self._broken)
            self.requests = list(server.requests)
        assert answer is None or isinstance(answer, dict), answer
        return {"code": code, **(answer or {})}

    def look(self, verify: bool = True) -> dict[str, Any]:
        """What is there, and what `dataops verify` says of it."""
        _, found = self._child.ask("look", self.home, self.name, self._cloud.environment, verify)
        assert isinstance(found, dict), found
        return comparable(found)


class Kill:
    """Kills the run at a write: before it has had its effect, or after that and before its answer.

    at: its number, or a word that is in its name, which `kind` makes. faults: of the requests besides.
    """

    def __init__(self, at: int | str, after: bool, faults: Choose = lambda request: "") -> None:
        self._at, self._after, self._faults = at, after, faults
        self.names: list[str] = []
        self._home, self._then = Path(), lambda function: None

    def aim(self, home: Path, then: Callable[[Callable[[], object]], None]) -> None:
        """home: where the process says its number. then: has something called after the effect of a request."""
        self._home, self._then = home, then

    def __call__(self, request: Request) -> str:
        if writes(request):
            self.names.append(kind(request))
            if self._at == len(self.names) or (isinstance(self._at, str) and self._at in self.names[-1]):
                self._at = -1
                if not self._after:
                    self._kill()
                    return "reset"
                self._then(self._kill)
                return "reset after"
        return self._faults(request)

    def _kill(self) -> None:
        self._then(lambda: None)
        os.kill(int((self._home / "pid").read_text()), signal.SIGKILL)


class Loaded:
    """Two days that are there, taken through while every request failed once, and have corrections now.

    states: what has to be there, by variant. count: about how many requests a run of them makes without faults.
    """

    def __init__(self, cloud: Cloud, child: Child, folder: Path) -> None:
        self.states = expected(folder / "local", ["old", "new"], DAYS[:2])
        self._shop, faults = Stall(cloud, child, folder), EachOnce(PASSING)
        ended = self._shop.run("old", faults)
        assert "verdicts" in ended, ended
        assert different(self.states["old"], self._shop.look()) == []
        self.count = len(self._shop.requests) - faults.failed

    def copy(self, *broken: str) -> Stall:
        """The shop as it is before the run that is to be made."""
        return self._shop.copy(broken)

    def wrong_after_kill(self, shop: Stall, kill: Kill) -> Iterator[str]:
        return wrong_after_kill(shop, "new", self.states["old"], self.states["new"], kill)


def wrong_after_kill(
    shop: Stall,
    variant: str,
    old: dict[str, Any],
    new: dict[str, Any],
    kill: Kill,
    again: Choose = lambda request: "",
    verify: bool = True,
) -> Iterator[str]:
    """A run that is killed, a look, the same command, a look: what is wrong, each when it has been found."""
    ended = shop.run(variant, kill)
    if ended["code"] != -signal.SIGKILL:
        yield f"it was not killed: {ended}"
    yield from torn(old, new, shop.look(verify))
    ended = shop.run(variant, again)
    if "verdicts" not in ended:
        yield f"the same command: {ended}"
    yield from (f"after it: {line}" for line in different(new, shop.look()))
