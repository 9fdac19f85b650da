"""Fixtures of all tests. The stand-ins are here and nowhere else, so that a process has one pair of servers."""

import signal

from dataops_assets_tests.standins.fixtures import any_cloud, bucket, cloud, cloud_servers, dataset, warehouse

__all__ = ["any_cloud", "bucket", "cloud", "cloud_servers", "dataset", "warehouse"]

# A shell that starts the tests in the background has them ignore SIGINT; Dagster, which gives SIGTERM the handler of
# SIGINT after each run, would then have it ignored as well, and programs that tests start inherit both.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
