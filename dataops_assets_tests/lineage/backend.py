"""A server that is told by OpenLineage's client over HTTP, and looks at each event as its own classes have it."""

import json
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import attr
from openlineage.client import OpenLineageClient, event_v2, facet_v2


@dataclass
class Backend:
    """events: in the order in which they came. answer: the status of each, by the event."""

    port: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], int] = lambda event: 201

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event["eventType"], event["job"]["name"]) for event in self.events]

    def one(self, state: str, job: str) -> dict[str, Any]:
        [event] = [each for each in self.events if (each["eventType"], each["job"]["name"]) == (state, job)]
        return event


@contextmanager
def backend(port: int = 0) -> Iterator[Backend]:
    made = Backend()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/api/v1/lineage"
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = made.answer(event)
            if status < 300:
                made.events.append(event)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    server = HTTPServer(("127.0.0.1", port), Handler)
    made.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def client(to: Backend) -> OpenLineageClient:
    return OpenLineageClient(config={"transport": {"type": "http", "url": to.url, "retry": {"total": 0}}})


def problems(event: Mapping[str, Any]) -> list[str]:
    """What of an event is not as the specification says, by the classes that are generated from it."""
    found = _unlike(event_v2.RunEvent, event, also={"schemaURL"})
    found += [] if datetime.fromisoformat(event["eventTime"]).tzinfo else ["eventTime without a time zone"]
    found += _unlike(event_v2.Run, event["run"]) + _unlike(event_v2.Job, event["job"])
    for kind, datasets in ((event_v2.InputDataset, event["inputs"]), (event_v2.OutputDataset, event["outputs"])):
        for dataset in datasets:
            found += _unlike(kind, dataset)
    for name, facet in facets(event):
        found += [f"{name}: {problem}" for problem in _unlike(_class_of(facet["_schemaURL"]), facet)]
    return found


def facets(event: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All facets of an event, by name."""
    holders = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
    for holder in holders:
        for kind in ("facets", "inputFacets", "outputFacets"):
            yield from holder.get(kind, {}).items()


def _class_of(schema: str) -> Any:
    name = schema.rpartition("/")[2]
    modules = [facet_v2, *(getattr(facet_v2, each) for each in dir(facet_v2))]
    return next(getattr(module, name) for module in modules if hasattr(module, name))


def _unlike(kind: Any, said: Mapping[str, Any], also: AbstractSet[str] = frozenset()) -> list[str]:
    fields = {each.name: each for each in attr.fields(kind)}
    required = {name for name, each in fields.items() if each.default is attr.NOTHING}
    # One of our own is of the base's schema, which leaves open what else it says.
    unknown = set() if kind.__name__ == "RunFacet" else said.keys() - fields.keys() - also
    try:
        # Of what is left its own rules: that a time is one, and an id a UUID.
        kind(**{fields[name].alias: value for name, value in said.items() if name in fields and fields[name].init})
    except (TypeError, ValueError) as error:
        return [f"{kind.__name__}: {error}"]
    return [f"{kind.__name__}: {name}" for name in (*(required - said.keys()), *unknown)]
