"""Killed at any write, the lake shows whole attempts and versions only, and the same run again ends the same."""

import json
import multiprocessing
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dataops_assets.lake.attempts import verify_files
from dataops_assets.lake.history import attempts, current
from dataops_assets.lake.versions import read_current, verify_version
from dataops_assets_tests.lake import writer
from dataops_assets_tests.lake.writer import PARTITIONS

WRITES = 3 * (3 + 2 + 2 + 1)  # partitions × (attempt, version, its copy, the pointer)


# Each run is a process of its own, forked from one that has imported everything: starting afresh takes seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([writer.__name__])


@dataclass(frozen=True)
class Place:
    """Where a run writes: buckets, or the folder if there are none."""

    folder: Path
    buckets: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, at: int | None = None, moment: str = "before") -> int:
        """The exit code of a run that dies at a write, or of a whole one."""
        args = (self.folder, self.buckets, self.environment, at, moment == "after")
        process = PROCESSES.Process(target=writer.run, args=args)
        process.start()
        process.join(60)
        assert process.exitcode is not None
        return process.exitcode

    def state(self) -> list[tuple[str, bytes] | None]:
        """What a reader finds for each partition: published version and current raw bytes. All seen is whole."""
        staging, production = writer.opened(self.folder, self.buckets)
        found: list[tuple[str, bytes] | None] = []
        for partition in PARTITIONS:
            for manifest in attempts(staging, "flights", partition):
                verify_files(staging, manifest)
            pointer = read_current(production, "delays", partition)
            if pointer is None:
                found.append(None)
                continue
            verify_version(production, "delays", partition, pointer["version"])
            raw = current(staging, "flights", partition)
            assert raw is not None
            found.append((pointer["version"], b"".join(staging.read(file.path) for file in raw.files)))
        return found


@pytest.fixture(params=["local", pytest.param("gcs", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "local":
        return Place(tmp_path)
    cloud = request.getfixturevalue("gcs")
    from google.cloud import storage

    client = storage.Client(project=cloud.project)
    buckets = [cloud.name("bucket") for _ in range(2)]
    for bucket in buckets:
        client.create_bucket(bucket)
    return Place(tmp_path, buckets, cloud.environment)


@pytest.fixture(scope="module")
def uncrashed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes] | None]:
    """What every place must end with."""
    place = Place(tmp_path_factory.mktemp("uncrashed"))
    assert place.run() == 0
    assert len(json.loads((place.folder / "writes.json").read_text())) == WRITES, (
        "a write was added or removed: the crashes below must reach it"
    )
    return place.state()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES + 1))
def test_killed_at_any_write(place: Place, at: int, moment: str, uncrashed: list[tuple[str, bytes] | None]) -> None:
    assert place.run(at, moment) == -signal.SIGKILL
    for seen, final in zip(place.state(), uncrashed, strict=True):
        assert seen in (None, final)
    assert place.run() == 0
    assert place.state() == uncrashed
