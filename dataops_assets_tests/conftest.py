"""Fixtures of all tests. The stand-ins are here and nowhere else, so that a process has one pair of servers."""

from dataops_assets_tests.standins.fixtures import bucket, cloud, cloud_servers, dataset, warehouse

__all__ = ["bucket", "cloud", "cloud_servers", "dataset", "warehouse"]
