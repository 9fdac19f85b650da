"""Nothing is lost without a trace: `verify` finds each kind of damage, names it, and finds nothing else."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dataops_assets.build import Project
from dataops_assets_tests.proofs.conservation import MENDED, WAYS
from dataops_assets_tests.proofs.shop import DAYS, offer, problems, shop, take
from dataops_assets_tests.support import succeed

COMMAND = re.compile(r"dataops run --select (\S+)(?: --partitions (\S+))?")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sound")
    offer(home, dict.fromkeys(DAYS[:2], "old"))
    take(shop(home), DAYS[:2])
    assert problems(shop(home)) == []
    return home


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_verify_names_the_damage(sound: Path, tmp_path: Path, way: Callable[[Project], None]) -> None:
    home = tmp_path / "home"
    shutil.copytree(sound, home)
    way(shop(home))
    found = problems(shop(home))
    assert [line for line in found if re.search(WAYS[way], line)], found
    assert len(found) <= 2, found


@pytest.mark.parametrize("way", MENDED, ids=lambda way: way.__name__)
def test_the_command_that_verify_names_mends_it(sound: Path, tmp_path: Path, way: Callable[[Project], None]) -> None:
    home = tmp_path / "home"
    shutil.copytree(sound, home)
    way(shop(home))
    named = dict.fromkeys(found.groups() for line in problems(shop(home)) for found in COMMAND.finditer(line))
    assert named
    for select, partition in named:
        succeed(shop(home), select, partition)
    assert problems(shop(home)) == []
