"""`python -m bench.load IMAGE`: the demo's January with ten times its flights, through an image as a cluster runs it.

The source answers as one does in production: it throttles, breaks off, is not there for a moment. Beside it runs the
plain script of `bench.floor`, in the same image on the same raw files: the ratio of the processor seconds of the two
says more than seconds do, on any machine. Both are compared with bench/load.json: a budget, and the last release.
"""

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from dataops_assets.demo.data import flights
from dataops_assets.demo.server import Fault, FlightsServer

LAST = Path(__file__).with_suffix(".json")
TIMES = 10
FIRST, END = "2013-01-01", "2013-01-31"
EACH = 20
"""Of so many requests one goes wrong."""
FAULTS = (Fault("status", 429, {"Retry-After": "1"}), Fault("status", 503), Fault("reset"), Fault("truncate"))
COMPARED = ("cpu_ratio", "peak_mib")

_USED = """
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=sys.stderr)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}))
sys.exit(code)
"""
_FLOOR = f"""
from pathlib import Path
from bench.floor import run
from bench.sizes import Size
home = Path("/var/lib/dataops")
run(Size("month", "{FIRST}", "{END}"), home / "lake" / "staging", home / "floor")
"""


@cache
def day(year: int, month: int, number: int) -> tuple[bytes, ...]:
    """The flights of a day of 2013 ten times over, each a flight of its own: numbered by airline and airport."""
    seen: Counter[tuple[bytes, ...]] = Counter()
    made = []
    for record in flights().day(year, month, number):
        of = tuple(re.findall(rb'"(?:carrier|origin)":("[^"]+")', record))
        for _ in range(TIMES):
            seen[of] += 1
            made.append(re.sub(rb'"flight":\d+', b'"flight":%d' % seen[of], record))
    return tuple(made)


class Image:
    """An image, and a volume of its own."""

    def __init__(self, name: str) -> None:
        script = '. deploy/engine.sh; echo "$engine"'
        self.engine = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.strip()
        self.name, self.volume = name, f"dataops-load-{os.getpid()}"

    def run(self, *command: str, **variables: str) -> str:
        """What a command prints; raises CalledProcessError. What it logs goes where this process logs."""
        flags = ["--rm", "--init", "--read-only", "--cap-drop", "all", "--tmpfs", "/tmp", "--no-healthcheck"]
        flags += ["--network", "host", "--volume", f"{self.volume}:/var/lib/dataops"]
        flags += ["--volume", f"{Path(__file__).parent}:/plain/bench:ro", *os.environ.get("RUN_FLAGS", "").split()]
        flags += [f"--env={name}={value}" for name, value in variables.items()]
        return subprocess.run(
            [self.engine, "run", *flags, self.name, *command], stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    def used(self, *command: str, **variables: str) -> dict[str, float]:
        """Processor seconds and peak MiB of a command."""
        return json.loads(self.run("python3", "-c", _USED, *command, **variables).splitlines()[-1])

    def remove(self) -> None:
        subprocess.run([self.engine, "volume", "rm", "--force", self.volume], stdout=subprocess.DEVNULL, check=False)


def measure(name: str) -> dict[str, float]:
    """The figures of an image. Raises CalledProcessError if a run in it fails, RuntimeError if rows are missing."""
    image = Image(name)
    faults = dict(zip(range(EACH - 1, 100_000, EACH), itertools.cycle(FAULTS)))
    try:
        with FlightsServer(faults=faults, day=day) as source:
            done = image.used("dataops", "run", "--partitions", f"{FIRST}..{END}", DATAOPS_FLIGHTS_URL=source.url)
            asked = len(source.requests)
        plain = [image.used("python3", "-c", _FLOOR, PYTHONPATH="/plain")["cpu"] for _ in range(2)]
        counted = image.run("dataops", "query", "--format", "csv", "select count(*) from production.flight_performance")
    finally:
        image.remove()
    rows = int(counted.split()[-1])
    sent = sum(len(day(2013, 1, number)) for number in range(1, 32))
    if rows != sent:
        raise RuntimeError(f"{sent} flights were sent, and {rows} are published")
    return {
        "rows": rows,
        "requests": asked,
        "faults": sum(number < asked for number in faults),
        "cpu_seconds": round(done["cpu"], 1),
        "cpu_seconds_per_million_rows": round(done["cpu"] / rows * 1e6, 1),
        "cpu_ratio": round(done["cpu"] / (sum(plain) / len(plain)), 2),
        "peak_mib": round(done["peak"]),
    }


def problems(figures: Mapping[str, float], last: Mapping[str, Any], beyond: float) -> list[str]:
    """What is over the budget, or by more than `beyond` percent over the last release's."""
    found = [
        f"{name} is {figures[name]}, over its budget of {most}"
        for name, most in last["budget"].items()
        if figures[name] > most
    ]
    for name in COMPARED:
        more = (figures[name] / last["figures"][name] - 1) * 100
        if more > beyond:
            found.append(
                f"{name} is {figures[name]}, {more:.0f} % more than the {last['figures'][name]} of {last['release']}"
            )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 for what is over the budget or much more than the last time."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("image")
    parser.add_argument("--beyond", type=float, default=20, help="percent more than the last release that are too much")
    parser.add_argument("--record", metavar="RELEASE", help="write the figures down as this release's")
    options = parser.parse_args(arguments)
    figures, last = measure(options.image), json.loads(LAST.read_text())
    for name, value in figures.items():
        before = last["figures"].get(name)
        ratio = f"   {value / before:.2f} of {last['release']}" if name in COMPARED and before else ""
        print(f"{name:32} {value:>10}{ratio}")
    if options.record:
        LAST.write_text(json.dumps(last | {"release": options.record, "figures": figures}, indent=2) + "\n")
        return 0
    wrong = problems(figures, last, options.beyond)
    sys.stdout.flush()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
