"""Fixtures of all tests. The stand-ins are here and nowhere else, so that a process has one pair of servers."""

import atexit
import gc
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from dataops_assets_tests import once
from dataops_assets_tests.backends import each_backend, storage_in
from dataops_assets_tests.standins.fixtures import (
    any_cloud,
    any_gcs,
    bucket,
    cloud,
    cloud_servers,
    dataset,
    gcs,
    gcs_server,
    warehouse,
)

__all__ = [
    "any_cloud",
    "any_gcs",
    "bucket",
    "cloud",
    "cloud_servers",
    "dataset",
    "each_backend",
    "gcs",
    "gcs_server",
    "storage_in",
    "warehouse",
]

IN_CI = (
    "test_rows_outside_the_window_go_to_quarantine",
    "test_a_share_in_quarantine_above_the_limit_stops",
    "test_a_late_correction_touches_the_rows_that_differ[cloud-merge]",
    "test_equal_rows_of_one_answer_are_all_kept_by_append",
    "test_each_severity_does_what_it_says[cloud-stop]",
    "test_production_shows_what_is_declared",
    "test_on_both_engines",
)
"""Of the tests on both backends those whose second run is `slow` instead of `cloud`, so that CI has it."""


LONGEST = (
    "dataops_assets_tests/image/",
    "test_in_a_fresh_environment",
    "test_the_ui_and_the_command_line_write_the_same",
    "test_cloud_",
    "test_oracle",
    "test_all_pieces_of_the_benchmark_run",
    "test_pruning",
    "test_crash.py::test_killed",
    "test_on_bigquery",
    "test_killed.py",
    "test_a_backfill_from_the_ui",
    "browser/",
    "_deeply",
)
"""Of the slow proofs those to begin with: a worker that gets one of these last keeps the others waiting."""


TOGETHER = (
    "dataops_assets_tests/image/",
    "proofs/test_cloud_",
    "proofs/test_other_domains.py",
    "test_oracle.py",
    "warehouse/test_pruning.py",
    "recovery/test_mended.py",
    "browser/",
)
"""Of the slow proofs those that share what takes long to set up: all of one of these are run by one worker."""


class Together(LoadScopeScheduling):
    """xdist's marks for this have no effect with pytest 9.2: it changes the name of a test, which cannot be changed."""

    def _split_scope(self, nodeid: str) -> str:
        return next((shared for shared in TOGETHER if shared in nodeid), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    for item in items:
        if item.get_closest_marker("cloud") and item.name.startswith(IN_CI):
            item.own_markers = [mark for mark in item.own_markers if mark.name != "cloud"]
            item.add_marker("slow")
    yield
    if all(item.get_closest_marker("slow") for item in items):
        items.sort(key=lambda item: next((n for n, name in enumerate(LONGEST) if name in item.nodeid), len(LONGEST)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests have to say that passed, such as the steps from a commit to production."""
    reports = [each for outcome in ("passed", "failed") for each in terminalreporter.getreports(outcome)]
    for report in reports:
        if lines := [str(value) for name, value in report.user_properties if name == "said"]:
            terminalreporter.write_sep("-", report.nodeid)
            terminalreporter.write_line("\n".join(lines))


def pytest_collection_finish() -> None:
    """What is imported by now stays: the garbage collector need not look through it over and over."""
    gc.enable()
    gc.freeze()
    atexit.register(gc.unfreeze)


gc.disable()  # until then

once.install()


# A shell that starts the tests in the background has them ignore SIGINT; Dagster, which gives SIGTERM the handler of
# SIGINT after each run, would then have it ignored as well, and programs that tests start inherit both.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
