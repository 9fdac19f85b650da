"""`make perf-test`, whose figures say little beside other tests: that it measures, and that faults cost no row."""

import re
from collections.abc import Callable

import pytest

from dataops_assets_tests.image.containers import Engine

pytestmark = pytest.mark.slow


def test_a_month_of_ten_times_the_flights_keeps_to_its_budget(
    containers: Engine, image: str, record_property: Callable[[str, object], None]
) -> None:
    done = containers.run("make", "perf-test", IMAGE=image, PERF_FLAGS="--beyond 100")
    record_property("said", " ".join(done.stdout.split()))
    figures = dict(re.findall(r"^(\w+) +([\d.]+)", done.stdout, re.MULTILINE))
    assert int(figures["rows"]) == 270040
    assert int(figures["faults"]) > 20
