"""What a piece of code does is told from how it is spelt."""

import importlib.util
import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dataops_assets.contracts.code import fingerprint, sql_code

MODULE = '''
import functools
import helper

LIMIT = 3
UNUSED = 1
TABLE = {"a": [1, 2], "b": {3, 4}}


def doubled(x):
    return x * 2


@functools.cache
def kept(x):
    return x


def made(x, step=1):
    """What it does."""
    # why
    return doubled(x) + kept(x) + LIMIT + TABLE["a"][0] + step + helper.away(x) + helper.BASE
'''
HELPER = "BASE = 1\n\n\ndef away(x):\n    return x\n"
_numbers = itertools.count()


def module(folder: Path, text: str, helper: str) -> ModuleType:
    """The module of this text and the one that it imports, from files of their own, by the same names each time."""
    folder = folder / str(next(_numbers))
    folder.mkdir()
    for name, content in (("helper", helper), ("dataset", text)):
        path = folder / f"{name}.py"
        path.write_text(content)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
    return made


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    for name in ("helper", "dataset"):
        sys.modules.pop(name, None)


def of(folder: Path, text: str, helper: str = HELPER) -> str:
    return fingerprint(module(folder, text, helper).made)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""What it does."""', '"""What else it does."""'),
        ('    """What it does."""\n', ""),
        ("    # why\n", "\n    # therefore\n"),
        ("return doubled(x) + kept(x)", "return (\n        doubled( x )\n        + kept(x)\n    )"),
        ('TABLE["a"]', "TABLE['a']"),
        ("UNUSED = 1", "UNUSED = 2"),
        ("\n\nLIMIT", "\n\n\n\n\nLIMIT"),
        ('"b": {3, 4}', '"b": {4, 3}'),
    ],
)
def test_spelling_does_not_count(tmp_path: Path, old: str, new: str) -> None:
    assert old in MODULE
    changed = MODULE.replace(old, new) if "return (" not in new else MODULE.replace(old + " + LIMIT", new + " + LIMIT")
    assert of(tmp_path, changed) == of(tmp_path, MODULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+ LIMIT", "- LIMIT"),
        ("LIMIT = 3", "LIMIT = 4"),
        ('"a": [1, 2]', '"a": [2, 2]'),
        ("return x * 2", "return x * 3"),
        ("def kept(x):\n    return x", "def kept(x):\n    return -x"),
        ("step=1", "step=2"),
    ],
)
def test_what_it_does_and_what_it_uses_of_its_module_count(tmp_path: Path, old: str, new: str) -> None:
    assert old in MODULE
    assert of(tmp_path, MODULE.replace(old, new)) != of(tmp_path, MODULE)


def test_of_another_module_the_values_count_and_the_functions_do_not(tmp_path: Path) -> None:
    plain = of(tmp_path, MODULE)
    assert of(tmp_path, MODULE, HELPER.replace("BASE = 1", "BASE = 2")) != plain
    assert of(tmp_path, MODULE, HELPER.replace("return x", "return -x")) == plain


def test_what_a_function_closes_over_counts() -> None:
    def above(limit: int):
        return lambda x: x > limit

    assert fingerprint(above(1)) == fingerprint(above(1))
    assert fingerprint(above(1)) != fingerprint(above(2))


def test_it_is_the_same_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "dataset.py").write_text("NAMES = {'a', 'b', 'c', 'd'}\n\n\ndef made(x):\n    return x in NAMES\n")
    line = "import dataset; from dataops_assets.contracts.code import fingerprint; print(fingerprint(dataset.made))"
    found = {
        subprocess.run(
            [sys.executable, "-c", line],
            cwd=tmp_path,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_sql_is_read_without_comments_case_and_white_space() -> None:
    plain = sql_code("select a, count(*) as n from staged.t where a >= @window_start group by a")
    same = "SELECT a, -- the key\n  COUNT( * ) n\nFROM staged.t /* all */ WHERE a>=@window_start GROUP BY a"
    assert sql_code(same) == plain
    assert sql_code("select a, count(*) as n from staged.t where a > @window_start group by a") != plain
