"""`python -m dataops_assets.demo [--port 8765]`: run the demo's source systems in the open, to look at them."""

import argparse
import sys
import threading

from dataops_assets.demo.data import DemoDataMissing
from dataops_assets.demo.systems import reference_db, serve, weather_dir


def main() -> int:
    """Serve until interrupted. Prints the three variables that point a project at these systems."""
    parser = argparse.ArgumentParser(prog="python -m dataops_assets.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="port of the flights API (0: any free one)")
    port = parser.parse_args().port
    try:
        server = serve(port)
        lines = [
            f"export DATAOPS_FLIGHTS_URL={server.url}",
            f"export DATAOPS_WEATHER_DIR={weather_dir()}",
            f"export DATAOPS_REFERENCE_DB={reference_db()}",
            f"# look at it: curl '{server.url}/v1/flights?date=2013-01-05&page_size=2'   (Ctrl-C ends it)",
        ]
    except (DemoDataMissing, OSError) as error:
        sys.stderr.write(f"the demo's source systems cannot be started: {error}\n")
        return 2
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
