"""Somebody is erased while a run is at work that has read their rows before: it brings none of them back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.load import load as loading
from dataops_assets.publish import publish as publishing
from dataops_assets.transform import transform as transforming
from dataops_assets_tests.erasure.scene import KEY, answer, build, files_with, shop
from dataops_assets_tests.erasure.test_erase import ANNA, ROWS, left, run
from dataops_assets_tests.place import DAY, Place, Scripted


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_PSEUDONYM_KEY", KEY)


class Slow(Scripted):
    """While it answers, something happens, once."""

    meanwhile: Callable[[], Any] | None = None

    def _files(self, answers: Any) -> Iterator[Any]:
        for file in super()._files(answers):
            yield file
            if happens := self.meanwhile:
                self.meanwhile = None
                happens()


def test_an_extraction(tmp_path: Path) -> None:
    scripted = Slow()
    at = shop(tmp_path, scripted)
    scripted.answer(DAY, answer("csv", DAY, ROWS))
    build(at, DAY)
    scripted.answer(DAY, answer("csv", DAY, [(1, ANNA, "9"), *ROWS[1:]]))
    scripted.meanwhile = lambda: run(at)
    at.extract("t", DAY)
    assert scripted.meanwhile is None
    assert left(at) == 0
    assert files_with(tmp_path, f"{ANNA},", f'{ANNA}"') == []
    at.load("t", DAY)
    at.verify()


def once(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, at: Place, after: bool = True) -> list[Any]:
    """Let the person be erased once, when this function of the module has been called."""
    function, said = getattr(module, name), list[Any]()

    def call(*args: Any, **kwargs: Any) -> Any:
        found = function(*args, **kwargs)
        if not said:
            said.append(None)
            said.append(run(at))
        return found

    monkeypatch.setattr(module, name, call)
    return said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name"),
    [(loading, "stage_rows"), (transforming, "_copy_to_lake"), (publishing, "copy_versions")],
    ids=["load", "transform", "publish"],
)
def test_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    scripted = Scripted()
    at = shop(tmp_path, scripted)
    scripted.answer(DAY, answer("csv", DAY, ROWS))
    build(at, DAY)
    scripted.answer(DAY, answer("csv", DAY, [(1, ANNA, "9"), *ROWS[1:]]))
    said = once(monkeypatch, module, name, at)
    at.take("t", DAY)
    at.transform("people", DAY)
    at.publish("people", DAY)
    assert said[1:]
    for relation in ("staging.raw_t", "staging.people", "production.people"):
        assert at.rows(f"SELECT id FROM {relation} WHERE email = '{ANNA}'") == []
    if left(at):  # copies that were on their way: they are found, and go
        assert {each.what for each in run(at)[1]} <= {"version"}
    assert left(at) == 0
    assert files_with(tmp_path, f"{ANNA},", f'{ANNA}"') == []
    at.transform("people", DAY)
    at.publish("people", DAY)
    at.verify()
