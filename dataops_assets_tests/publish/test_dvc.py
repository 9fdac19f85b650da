"""The real DVC fetches exactly the version that a Git commit names, from the lake itself."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dataops_assets.model import Derived
from dataops_assets.publish.decisions import Who
from dataops_assets.publish.dvc import dvc_files, published_entries, write_dvc_files
from dataops_assets.publish.rollback import roll_back
from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.place import DAY, RUN, Place, Scripted, csv, daily, place, source
from dataops_assets_tests.publish.test_difference import Rows

OTHER = "2024-01-02"

pytestmark = pytest.mark.slow


class Repository:
    """A repository of Git and DVC, with a cache of its own."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "repository"
        self.folder.mkdir()
        self.dvc = ROOT / ".dvc-tools" / "bin" / "dvc"
        if not self.dvc.exists():
            pytest.fail("DVC is not installed; run: make dvc")
        self._environment = {
            **os.environ,
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(home / "dvc-site"),
            "DVC_GLOBAL_CONFIG_DIR": str(home / "dvc-global"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "anna")
        self.git("config", "user.email", "anna@example.com")
        self.run("init", "-q")

    def git(self, *arguments: str) -> str:
        done = self._called("git", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *arguments: str) -> str:
        done = self._called(str(self.dvc), *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str) -> str:
        done = self._called(str(self.dvc), *arguments)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def _called(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False
        )

    def commit(self, at: Place) -> str:
        """Write the files of what is published, and commit them; returns the commit."""
        storage, table = at.project.storage, at.project.catalog.derived["made"]
        with storage.warehouse.session() as session, session.reading():
            entries = published_entries(session, storage.warehouse.staging, table)
        files = dvc_files(storage.production, table, entries, self.folder / "made")
        write_dvc_files(self.folder, {"made": files}, all_tables=True)
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "what is published")
        return self.git("rev-parse", "HEAD").strip()

    def rows(self, folder: Path | None = None) -> list[dict[str, Any]]:
        """What was fetched, of all partitions."""
        return rows_of(sorted((folder or self.folder / "made").glob("*.parquet")))


def a_place(home: Path) -> tuple[Place, Scripted]:
    sql = "select day, id, amount, word, who from staged.t where day >= @window_start and day < @window_end"
    made = Derived(
        name="made",
        contract=Rows,
        key=["day", "id"],
        partition=daily(),
        publish=True,
        personal={"who": "keep"},
        sql=sql,
    )
    scripted = Scripted()
    return place(home, source(Rows, scripted), made), scripted


def rows_of(files: Sequence[Path]) -> list[dict[str, Any]]:
    return sorted((row for file in files for row in pq.read_table(file).to_pylist()), key=str)


def shown(at: Place) -> list[dict[str, Any]]:
    return sorted(at.rows("SELECT * FROM production.made"), key=str)


def published(at: Place, scripted: Scripted, day: str, *lines: str) -> str:
    """Publish this of a day; returns the version."""
    scripted.answer(day, csv("day,id,amount,word,who", *(f"{day},{line}" for line in lines)))
    at.take("t", day)
    at.transform("made", day)
    [outcome] = at.publish("made", day)
    assert not outcome.refusal, outcome.refusal
    return outcome.entry.version


@pytest.mark.usefixtures("each_backend")
def test_a_commit_brings_the_rows_that_were_published_then(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path / "home")
    repository = Repository(tmp_path)
    first_version = published(at, scripted, DAY, "1,10,a,anna", "2,20,,")
    first_rows, first = shown(at), repository.commit(at)
    published(at, scripted, DAY, "1,600,a,anna", "3,1,,")
    published(at, scripted, OTHER, "1,7,b,")
    second_rows, second = shown(at), repository.commit(at)
    assert first_rows != second_rows

    repository.run("pull")
    assert repository.rows() == second_rows
    repository.git("checkout", "-q", first)
    repository.run("pull")
    assert repository.rows() == first_rows, "a partition that was not published then is gone as well"
    assert repository.git("status", "--short") == "", "fetching changes nothing that Git knows"
    repository.git("checkout", "-q", "main")
    for commit, rows in ((first, first_rows), (second, second_rows)):
        repository.run("get", ".", "made", "--rev", commit, "--out", str(tmp_path / commit))
        assert repository.rows(tmp_path / commit) == rows
    one = tmp_path / "one.parquet"
    repository.run("get", ".", f"made/date={DAY}.parquet", "--rev", first, "--out", str(one))
    assert rows_of([one]) == first_rows

    roll_back(
        at.project.storage,
        at.project.catalog.derived["made"],
        at.partitions(at.project.catalog.derived["made"], [DAY]),
        None,
        Who("anna", "so"),
        RUN,
    )
    third = repository.commit(at)
    changed = repository.git("diff", "--name-only", second, third).split()
    assert changed == [f"made/date={DAY}.parquet.dvc"]
    assert repository.git("diff", first, third, "--", changed[0]) == "", "the version that it was, by the same name"
    assert first_version in (repository.folder / changed[0]).read_text()
    repository.run("pull")
    assert repository.rows() == shown(at)


def test_what_the_lake_has_no_more_or_otherwise_is_dvcs_error(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path / "home")
    repository = Repository(tmp_path)
    published(at, scripted, DAY, "1,10,a,anna")
    repository.commit(at)
    [file] = (tmp_path / "home" / "lake" / "production" / "made").rglob("*.parquet")
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content[:-9] + b"x" + content[-8:])
    assert f"made/date={DAY}.parquet" in repository.refused("pull"), "of the same size, but not the same bytes"
    shutil.rmtree(file.parent)
    assert f"made/date={DAY}.parquet" in repository.refused("pull")
    assert repository.rows() == []
