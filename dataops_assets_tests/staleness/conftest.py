"""The same tests on both backends."""

from dataops_assets_tests.backends import each_backend, storage_in

__all__ = ["each_backend", "storage_in"]
