"""What can be typed behind `dataops metrics`."""

import argparse
from collections.abc import Callable


def add_metrics(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: adds one, given its name, help and examples."""
    metrics = command(
        "metrics",
        "what Prometheus is told of tables, runs and the daemon: printed, served, or pushed",
        "dataops metrics",
        "dataops metrics --serve --port 9464",
        "dataops metrics --push http://pushgateway:9091 --job nightly",
    )
    way = metrics.add_mutually_exclusive_group()
    way.add_argument("--serve", action="store_true", help="be an endpoint that Prometheus scrapes, until stopped")
    way.add_argument("--push", metavar="URL", help="of a Pushgateway, at the end of a job that no daemon runs")
    metrics.add_argument("--host", default="127.0.0.1", help="to serve on (default: this machine alone)")
    metrics.add_argument("--port", type=int, default=9464, help="to serve on; 0 is a free one (default: 9464)")
    metrics.add_argument(
        "--every",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="look no more often, however often it is scraped: BigQuery bills each look (default: 60)",
    )
    metrics.add_argument("--job", default="dataops", help="under which it is pushed (default: dataops)")
