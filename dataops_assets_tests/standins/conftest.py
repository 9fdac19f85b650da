from dataops_assets_tests.standins.fixtures import bucket, cloud, cloud_servers, dataset, warehouse

__all__ = ["bucket", "cloud", "cloud_servers", "dataset", "warehouse"]
