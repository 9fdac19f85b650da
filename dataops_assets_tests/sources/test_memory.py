"""Extraction takes the memory of a page or a row group, whatever the size of what is extracted."""

import subprocess
import sys
from pathlib import Path

import pytest

# Each script extracts 80 MB or more; the growth of the peak memory after a first small extraction is printed in MB.
REST = """
from dataops_assets.demo.server import FlightsServer
from dataops_assets.sources import RestApi, Token
record = b'{"id":%d,"text":"' + b"x" * 2000 + b'"}'
class Records:
    def __init__(self, count): self.count = count
    def __len__(self): return self.count
    def __getitem__(self, some): return [record % n for n in range(some.start, min(some.stop, self.count))]
url = FlightsServer(day=lambda year, month, day: Records(40_000 if day == 5 else 500)).start().url
source = RestApi(url + "/v1/flights", {"date": "{partition.key}"}, records="flights", paginate=Token())
"""
SQL = """
import sqlite3, tempfile, os
from dataops_assets.sources import SqlQuery
open(folder + "/x.db", "w").close()
source = SqlQuery(
    f"sqlite:///{folder}/x.db",
    "with recursive n(id) as (select 1 union all select id + 1 from n where id < 40000) "
    "select id, hex(randomblob(1000)) as text from n where id <= iif(@window_start = '2013-01-05', 40000, 100)",
    row_group_bytes=8 * 2**20,
)
"""
FILES = """
import gzip, os
from dataops_assets.sources import Files
for day, count in (("04", 1), ("05", 40)):
    with gzip.open(f"{folder}/2013-01-{day}.csv.gz", "wb", compresslevel=1) as file:
        file.write(b"id,text\\n")
        for _ in range(count):
            file.write((b'1,"' + os.urandom(500).hex().encode() + b'"\\n') * 2000)
source = Files(folder + "/{partition.key}.csv.gz")
"""
MEASURE = """
import re
from pathlib import Path
from dataops_assets.model.partitions import Daily
from dataops_assets.sources import Request
calendar = Daily(start="2013-01-01", column="day")
def run(key):
    rows = 0
    for file in source.extract(Request("t", calendar.of(key))).files:
        for chunk in file.chunks: pass
        rows += file.rows
    # Not getrusage: its peak starts at the memory of the process that started this one.
    return rows, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
_, before = run("2013-01-04")
rows, after = run("2013-01-05")
print(rows, after - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from Linux's /proc")
@pytest.mark.parametrize(
    ("script", "rows"), [(REST, 40_000), (SQL, 40_000), (FILES, 80_000)], ids=["rest", "sql", "files"]
)
def test_memory_does_not_grow_with_the_source(tmp_path, script, rows):
    code = f"folder = {str(tmp_path)!r}\n{script}{MEASURE}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found, growth = run.stdout.split()
    print(growth)
    assert int(found) == rows
    assert float(growth) < 50
