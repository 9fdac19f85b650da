"""As `crash.py`, for a shop on the stand-ins: a program that works for the tests in processes forked from its own.

All of Google's clients are imported here once, and none is made: each run, and each look at the state, makes its own.
A run waits as long between its attempts as it always does, but by a clock that jumps over the waiting.
"""

import functools
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import google.cloud.bigquery
import google.cloud.bigquery_storage_v1
import google.cloud.storage  # noqa: F401
import requests.adapters

from dataops_assets.build import Project
from dataops_assets.lake.gcs import GCSStore
from dataops_assets.ledger import entries as ledger
from dataops_assets.profiles import gcp as cloud
from dataops_assets.settings import Cloud
from dataops_assets.warehouse.bigquery import session as bigquery_session
from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.cloud_broken import BROKEN
from dataops_assets_tests.proofs.crash import forked
from dataops_assets_tests.proofs.deciding import decide
from dataops_assets_tests.proofs.shop import problems, stall, take
from dataops_assets_tests.standins.bigquery import PROJECT

LONGEST_RUN = 300
"""Seconds, after which a run that hangs is ended."""

_PAUSE = 0.02


def project(home: Path, name: str) -> Project:
    """The shop with its state in buckets and datasets of this name."""
    at = Cloud(PROJECT, f"{name}-staging", f"{name}-production", scratch_dataset=f"{name}_scratch")
    return stall(
        home, profile="gcp", cloud=at, staging_dataset=f"{name}_staging", production_dataset=f"{name}_production"
    )


def run(
    home: Path, name: str, environment: dict[str, str], days: Sequence[str], patience: float, decision: str
) -> dict[str, Any]:
    """Take the days through, or decide about them; what became of each partition, or how it ended. patience: seconds
    for one answer.

    The process says its number in a file, for who wants to kill it.
    """
    os.environ.update(environment)
    (home / "pid").write_text(str(os.getpid()))
    signal.alarm(LONGEST_RUN)
    hasten(patience)
    try:
        if decision:
            decide(project(home, name), days, decision)
            return {"verdicts": {}}
        found = take(project(home, name), days)
    except Exception as error:
        return {"error": f"{type(error).__module__}.{type(error).__name__}: {error}"}
    return {"verdicts": {asset: [outcome.entry.verdict for outcome in made] for asset, made in found.items()}}


def look(home: Path, name: str, environment: dict[str, str], verify: bool) -> dict[str, Any]:
    """The state, and what `dataops verify` says of it."""
    os.environ.update(environment)
    signal.alarm(LONGEST_RUN)
    shop = project(home, name)
    return {**state.everything(shop), "problems": [*problems(shop), *said_twice(shop)] if verify else []}


def said_twice(shop: Project) -> list[str]:
    """Entries that the ledger has more than once: something was done, and done again."""
    warehouse = shop.storage.warehouse
    with warehouse.session() as session:
        if not session.exists(warehouse.staging, ledger.TABLE):
            return []
        table = session.relation(warehouse.staging, ledger.TABLE)
        found = session.rows(f"SELECT asset, partition FROM {table} GROUP BY asset, partition, id HAVING COUNT(*) > 1")
    return [f"{asset} {partition}: the ledger says the same twice" for asset, partition in found]


def hasten(patience: float) -> None:
    """One thread, so that each request has its number; pauses that take no time; no request without an end."""
    GCSStore.threads = 1
    bigquery_session._LOADS_AT_ONCE = 1
    sleep, monotonic, jumped = time.sleep, time.monotonic, [0.0]

    def pause(seconds: float) -> None:
        sleep(min(seconds, _PAUSE))
        jumped[0] += max(seconds - _PAUSE, 0.0)

    time.sleep, time.monotonic = pause, lambda: monotonic() + jumped[0]
    cloud._SESSION_SECONDS = cloud._STREAM_SECONDS = patience
    send = requests.adapters.HTTPAdapter.send

    def bounded(self: Any, request: Any, *args: Any, timeout: Any = None, **kwargs: Any) -> Any:
        if timeout is None:
            raise AssertionError(f"{request.method} {request.url} would wait for ever")
        return send(self, request, *args, timeout=patience, **kwargs)

    requests.adapters.HTTPAdapter.send = bounded


def main() -> None:
    tasks = {"run": run, "look": look}
    for line in sys.stdin:
        task, broken, home, *arguments = json.loads(line)

        def work(task: str = task, broken: Any = broken, home: Any = home, arguments: Any = arguments) -> Any:
            for promise in broken:
                BROKEN[promise]()
            return tasks[task](Path(home["path"]), *arguments)

        print(json.dumps(forked(functools.partial(work))), flush=True)


if __name__ == "__main__":
    main()
