"""The pins: complete, without addresses, and what is installed."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dataops_assets_tests.delivery.project import text

LINES = text("constraints.txt").splitlines()
PINS = [Requirement(line) for line in LINES]
PROJECT = tomllib.loads(text("pyproject.toml"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PYTHONS = ("3.11", "3.12", "3.13")


def pins(python: str | None = None) -> dict[str, str]:
    """Name → version of the pins that apply to a Python version on Linux; to this one, if none is named."""
    environment = {name: str(value) for name, value in default_environment().items()}
    if python:
        environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    applying = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate(environment)]
    found = {str(canonicalize_name(pin.name)): next(iter(pin.specifier)).version for pin in applying}
    assert len(found) == len(applying), "a package is pinned twice"
    return found


def declared() -> list[Requirement]:
    """All requirements of pyproject.toml, those of its extras included."""
    return [Requirement(line) for line in [*PROJECT["dependencies"], *(r for rs in EXTRAS.values() for r in rs)]]


def required() -> Iterator[Requirement]:
    """What the declared requirements need in this environment, all the way down, by the installed metadata."""
    waiting, seen = declared(), set()
    while waiting:
        requirement = waiting.pop()
        key = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if key in seen:
            continue
        seen.add(key)
        yield requirement
        for line in distribution(requirement.name).requires or []:
            needed = Requirement(line)
            extras = ["", *requirement.extras]
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)


def test_a_line_is_a_name_and_a_version_and_nothing_else() -> None:
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+( ; [^/]+)?", line)] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_every_declared_dependency_has_one_pin_that_it_allows(python: str) -> None:
    pinned = pins(python)
    for requirement in declared():
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), str(requirement)


def test_everything_below_them_is_pinned_too() -> None:
    pinned = pins()
    missing = {r.name for r in required() if canonicalize_name(r.name) not in pinned}
    assert not missing, f"not in constraints.txt: {missing}; run: make lock"


def test_what_is_installed_is_what_is_pinned() -> None:
    other = {}
    for name, pinned in pins().items():
        try:
            if version(name) != pinned:
                other[name] = f"{version(name)} instead of {pinned}"
        except PackageNotFoundError:
            continue  # not needed here: test_everything_below_them_is_pinned_too fails if it is
    assert not other, f"{other}; run: make setup"


def test_dagster_is_one_set() -> None:
    pinned = pins()
    releases = {
        pinned[name]
        for name in (
            "dagster",
            "dagster-webserver",
            "dagster-graphql",
            "dagster-pipes",
            "dagster-shared",
            "dagster-dg-cli",
        )
    }
    libraries = {pinned[name] for name in ("dagster-gcp", "dagster-pandas", "dagster-duckdb", "dagster-duckdb-pandas")}
    assert len(releases) == len(libraries) == 1
    # Dagster 1.x.y goes with libraries 0.(x + 16).y.
    (release,), (library,) = releases, libraries
    assert [int(part) for part in library.split(".")][1:] == [
        int(release.split(".")[1]) + 16,
        int(release.split(".")[2]),
    ]
