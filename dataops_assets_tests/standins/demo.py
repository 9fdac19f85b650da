"""`make demo-gcp`: buckets on the stand-ins, the demo's first week through Google's clients, a look at it, and a proof.

To be run with the stand-ins' variables set; what it makes is gone with them.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from google.cloud import storage

from dataops_assets_tests.standins.bigquery import PROJECT

BUCKETS = {"DATAOPS_STAGING_BUCKET": "demo-staging", "DATAOPS_PRODUCTION_BUCKET": "demo-production"}


def main() -> int:
    """Returns the first exit code that is not 0."""
    client = storage.Client(project=PROJECT)
    for bucket in BUCKETS.values():
        client.create_bucket(bucket)
    dataops = Path(sys.executable).with_name("dataops")
    with tempfile.TemporaryDirectory(prefix="dataops-demo-gcp-") as home:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
        environment |= BUCKETS | {"DATAOPS_PROFILE": "gcp", "DATAOPS_PROJECT": PROJECT, "DATAOPS_HOME": home}
        for command in ("demo", "status", "verify", "run --dry-run --partitions 2013-01-01..2013-01-07"):
            print(f"\n$ dataops {command}", flush=True)
            if code := subprocess.run([dataops, *command.split()], env=environment, check=False).returncode:
                return code
    print("\nAll of this went through Google's own clients to stand-ins on this machine, and is gone with them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
