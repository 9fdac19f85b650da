"""Fixtures of all tests. The stand-ins are here and nowhere else, so that a process has one pair of servers."""

import signal

import pytest

from dataops_assets_tests.backends import each_backend, storage_in
from dataops_assets_tests.standins.fixtures import any_cloud, bucket, cloud, cloud_servers, dataset, warehouse

__all__ = ["any_cloud", "bucket", "cloud", "cloud_servers", "dataset", "each_backend", "storage_in", "warehouse"]

IN_CI = (
    "test_rows_outside_the_window_go_to_quarantine",
    "test_a_share_in_quarantine_above_the_limit_stops",
    "test_a_late_correction_touches_the_rows_that_differ[cloud-merge]",
    "test_equal_rows_of_one_answer_are_all_kept_by_append",
    "test_each_severity_does_what_it_says[cloud-stop]",
)
"""Of the tests on both backends those whose second run is `slow` instead of `cloud`, so that CI has it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("cloud") and item.name.startswith(IN_CI):
            item.own_markers = [mark for mark in item.own_markers if mark.name != "cloud"]
            item.add_marker("slow")


# A shell that starts the tests in the background has them ignore SIGINT; Dagster, which gives SIGTERM the handler of
# SIGINT after each run, would then have it ignored as well, and programs that tests start inherit both.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
