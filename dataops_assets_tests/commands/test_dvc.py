"""`dataops dvc`: the `.dvc` files of what is published; `publish/test_dvc.py` has DVC itself fetch what they name."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataops_assets.build import load_project
from dataops_assets.discovery import Datasets
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs.shop import DAYS, ORDERS_ALONE, offer, sources, take

ONE, TWO, *_ = DAYS


@pytest.fixture(autouse=True)
def _small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Datasets(sources(home)[:1], (replace(ORDERS_ALONE, publish=True),)))


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def said(folder: Path, name: str) -> dict[str, Any]:
    return yaml.safe_load((folder / name).read_text())


def test_one_file_for_each_published_partition(dataops: Dataops, home: Path) -> None:
    to = home / "repository" / "data"
    assert "nothing is published" in dataops("dvc", "--to", str(to)).out
    assert not to.exists()
    offer(home, {ONE: "old", TWO: "old"})
    take(load_project(), [ONE, TWO])
    result = dataops("dvc", "--to", str(to))
    assert (result.code, "call git init and dvc init there" in result.out) == (0, True), result
    first = texts(to)
    assert list(first) == ["sales/.gitignore", f"sales/date={ONE}.parquet.dvc", f"sales/date={TWO}.parquet.dvc"]
    says = said(to, f"sales/date={ONE}.parquet.dvc")
    [dependency], about = says["deps"], says["meta"]["dataops"]
    assert Path(dependency["path"]).stat().st_size == dependency["size"]
    assert f"version={about['version']}/" in dependency["path"]
    assert (about["table"], about["partition"], about["rows"]) == ("production/sales", ONE, 3)

    (home / "repository" / ".dvc").mkdir()
    again = dataops("dvc", "sales", "--to", str(to))
    assert (texts(to), "dvc init" in again.out) == (first, False), "the same publication, the same bytes"
    other = home / "other"
    dataops("dvc", "--to", str(other))
    assert texts(other) == first, "wherever they are written"

    offer(home, {ONE: "new"})
    take(load_project(), [ONE])
    dataops("dvc", "--to", str(to))
    second = texts(to)
    assert {name for name in first if first[name] != second[name]} == {f"sales/date={ONE}.parquet.dvc"}
    dataops("rollback", "sales", "--partitions", ONE, "--by", "anna", "--reason", "so")
    dataops("dvc", "--to", str(to))
    assert texts(to) == first, "a version that came back is the one that it was"


def test_what_is_no_longer_published_goes_and_what_is_of_others_stays(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = home / "repository"
    offer(home, {ONE: "old", TWO: "old"})
    take(load_project(), [ONE, TWO])
    dataops("dvc", "--to", str(to))
    of_others = {
        "sales/mine.csv.dvc": "outs:\n- path: mine.csv\n",
        "sales/broken.dvc": "]",
        "model/x.dvc": "outs: []\n",
    }
    for name, content in of_others.items():
        (to / name).parent.mkdir(exist_ok=True)
        (to / name).write_text(content)
    shutil.copy(to / f"sales/date={TWO}.parquet.dvc", to / "sales/date=2023-12-31.parquet.dvc")
    assert dataops("dvc", "sales", "--to", str(to)).out.split()[-1] != "0"
    assert f"sales/date={TWO}.parquet.dvc" in texts(to)
    assert "sales/date=2023-12-31.parquet.dvc" not in texts(to)

    use(monkeypatch, Datasets(sources(home)[:1], ()))
    assert dataops("dvc", "--to", str(to)).code == 0
    assert texts(to).keys() == {*of_others, "sales/.gitignore"}
    assert {name: texts(to)[name] for name in of_others} == of_others


def test_a_damaged_lake_changes_no_file(dataops: Dataops, home: Path) -> None:
    to = home / "repository"
    offer(home, {ONE: "old", TWO: "old"})
    take(load_project(), [ONE, TWO])
    [of_two] = (home / "lake" / "production" / "sales" / f"date={TWO}").glob("version=*/part-*.parquet")
    content = of_two.read_bytes()
    of_two.chmod(0o600)
    for broken, words in ((content[:-1] + b"x", "has another SHA-256"), (content[:-1], "the manifest says")):
        of_two.write_bytes(broken)
        result = dataops("dvc", "--to", str(to))
        assert (result.code, to.exists()) == (1, False)
        assert f"production/sales {TWO}: " in result.err
        assert words in result.err
        assert f"dataops run --select production/sales --partitions {TWO}" in result.err
    of_two.write_bytes(content)
    dataops("dvc", "--to", str(to))
    first = texts(to)
    of_two.unlink()
    result = dataops("dvc", "--to", str(to))
    assert (result.code, "is missing" in result.err, texts(to)) == (1, True, first)


def test_what_cannot_be_used(dataops: Dataops, home: Path) -> None:
    (home / "file").write_text("")
    assert "it is a file" in dataops("dvc", "--to", str(home / "file")).err
    assert "no published table 'slaes'; did you mean sales?" in dataops("dvc", "slaes", "--to", str(home)).err
