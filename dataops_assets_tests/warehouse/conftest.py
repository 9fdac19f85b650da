from dataops_assets_tests.standins.fixtures import any_cloud, bucket, cloud, cloud_servers, dataset, warehouse
from dataops_assets_tests.warehouse.strict_jobs import server

__all__ = ["any_cloud", "bucket", "cloud", "cloud_servers", "dataset", "server", "warehouse"]
