"""Times keep their zone on the way into Arrow, whatever else the process has imported."""

import subprocess
import sys

PROGRAM = """
import datetime as dt
import pandera.pandas
import dataops_assets.model
import pyarrow as pa
moment = dt.datetime(2024, 3, 1, 2, 15, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
print(pa.array([moment], pa.timestamp("us", tz="UTC")).to_pylist()[0].isoformat())
"""


def test_an_offset_is_not_lost() -> None:
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "2024-02-29T20:45:00+00:00"
