"""The metrics as an endpoint that Prometheus scrapes, as text, and pushed to a Pushgateway."""

import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, generate_latest, push_to_gateway, start_http_server

from dataops_assets.monitoring.collector import ProjectCollector

_SECONDS = 10.0


class NotPushed(RuntimeError):
    """The Pushgateway could not be reached, or refused; the message says which, and has no secrets."""


def registry_of(collector: ProjectCollector) -> CollectorRegistry:
    """A registry of this project's metrics alone: none of the process that collects them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry


def text_of(collector: ProjectCollector) -> str:
    """The metrics in Prometheus' text format."""
    return generate_latest(registry_of(collector)).decode()


@contextmanager
def served(collector: ProjectCollector, host: str, port: int) -> Iterator[int]:
    """Serve the metrics in the block; gives the port, which with 0 is a free one. Raises OSError."""
    server, thread = start_http_server(port, host, registry_of(collector))
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def push(collector: ProjectCollector, gateway: str, job: str) -> None:
    """Put the metrics in the place of those that this job has pushed before. gateway: its address. Raises NotPushed."""
    try:
        push_to_gateway(gateway, job, registry_of(collector), timeout=_SECONDS)
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(500).decode(errors="replace").strip()
        raise NotPushed(f"the Pushgateway answers {error.code}: {said or error.reason}") from error
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise NotPushed(f"the Pushgateway cannot be reached: {reason}") from error
