from dataops_assets_tests.warehouse.strict_jobs import server

__all__ = ["server"]
