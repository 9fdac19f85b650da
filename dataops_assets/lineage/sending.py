"""Sends events with the official client, as its users set it up: OPENLINEAGE_URL, OPENLINEAGE__TRANSPORT__…, or a file
`openlineage.yml`. Without these nothing is imported, made or sent.

What is told never fails what it tells of: an event that cannot be sent is a warning. It waits in this process, and goes
before the next one, so that none overtakes another.
"""

import atexit
import logging
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from dataops_assets.lineage.step import Step

_FILE = "openlineage.yml"
_PAUSE, _SHARE = 30.0, 10
"""Seconds without a try after one that has failed, and how much longer than that was: the client tries an event for up
to half a minute by itself, and a step waits for it.
"""
_WAITING = 1000
_SECONDS = 5.0
"""How long a step waits at its end for a transport that sends by itself, in a thread."""

_log = logging.getLogger(__name__)


class Sender:
    """namespace: of jobs. make_client: gives the official client. clock: seconds."""

    def __init__(
        self, namespace: str, version: str, make_client: Callable[[], Any], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._namespace, self._version = namespace, version
        self._make_client, self._clock = make_client, clock
        self._client: Any = None
        self._waiting: deque[Any] = deque()
        self._not_before = self._patient_from = 0.0
        self._lock = Lock()

    def send(self, step: Step) -> None:
        """Send an event after those that wait. Raises nothing."""
        with self._lock:
            try:
                from dataops_assets.lineage.events import event_of

                self._waiting.append(event_of(step, self._namespace, self._version))
            except Exception as error:
                _log.warning("OpenLineage is not told of %s, %s: %s", step.asset, step.state, _words(error))
            while len(self._waiting) > _WAITING:
                self._waiting.popleft()
                _log.warning("OpenLineage: more than %s events wait; the oldest is left out", _WAITING)
            if self._clock() >= self._not_before:
                self._send_all()

    def close(self) -> None:
        """Try what waits once more, and let the client end; to be called at the end of the process."""
        with self._lock:
            if self._waiting:
                self._send_all()
            if self._waiting:
                _log.warning("OpenLineage: %s events were not sent", len(self._waiting))
            try:
                if self._client is not None and not self._client.close(_SECONDS):
                    _log.warning("OpenLineage: some events may not have been sent")
            except Exception as error:
                _log.warning("OpenLineage: %s", _words(error))

    def _send_all(self) -> None:
        try:
            if self._client is None:
                self._client = self._make_client()
                if getattr(self._client.transport, "kind", "") == "kafka":
                    # It would wait for a broker that is gone as long as librdkafka tries: five minutes for each event.
                    self._client.transport.flush = False
        except Exception as error:
            self._not_before = self._clock() + _PAUSE
            _log.warning("OpenLineage's client cannot be made, and nobody is told: %s", _words(error))
            return
        while self._waiting:
            began = self._clock()
            try:
                self._client.emit(self._waiting[0])
            except Exception as error:
                if _comes_again(error):
                    now = self._clock()
                    self._not_before = now + max(_PAUSE, _SHARE * (now - began))
                    what = f"{len(self._waiting)} events wait" if len(self._waiting) > 1 else "an event waits"
                    _log.warning("OpenLineage cannot be told, and %s for the next step: %s", what, _words(error))
                    return
                _log.warning("OpenLineage refuses an event, which is left out: %s", _words(error))
            self._waiting.popleft()
        self._settle()

    def _settle(self) -> None:
        """Wait for a transport that sends by itself: a process may end without another occasion."""
        completes = getattr(self._client.transport, "wait_for_completion", None)
        if completes is None or self._clock() < self._patient_from:
            return
        try:
            if not completes(_SECONDS):
                self._patient_from = self._clock() + _PAUSE
                _log.warning("OpenLineage: events are on their way for longer than %s s; the run goes on", _SECONDS)
        except Exception as error:
            _log.warning("OpenLineage: %s", _words(error))


def _comes_again(error: Exception) -> bool:
    """May it go well later? Not if the event itself was refused."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(status, int):
        return status in (401, 403, 404, 408, 429) or status >= 500
    return isinstance(error, OSError) or isinstance(error.__cause__, OSError)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}"


_sender: Sender | None = None


def configure(namespace: str, version: str) -> None:
    """Tell OpenLineage what this process does, if its client is set up. Again changes nothing.

    namespace: of jobs, where OPENLINEAGE_NAMESPACE says no other. version: of the code.
    """
    global _sender
    if _sender is not None or not _is_set_up():
        return
    try:
        import openlineage.client  # noqa: F401  # is it there?
    except ImportError:
        _log.warning("OpenLineage is set up, and nobody is told: pip install 'dataops_assets[lineage]'")
        return

    def client() -> Any:
        from openlineage.client import OpenLineageClient

        return OpenLineageClient()

    _sender = Sender(os.environ.get("OPENLINEAGE_NAMESPACE") or namespace, version, client)
    atexit.register(_sender.close)


def is_on() -> bool:
    """Is anybody told?"""
    return _sender is not None


def send(step: Step) -> None:
    """Tell of a step. Raises nothing."""
    if _sender is not None:
        _sender.send(step)


def _is_set_up() -> bool:
    """As the client itself looks for it."""
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    if any(os.environ.get(name) for name in ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG")):
        return True
    if any(name.startswith("OPENLINEAGE__TRANSPORT") for name in os.environ):
        return True
    return Path(_FILE).is_file() or Path(os.path.expanduser("~"), ".openlineage", _FILE).is_file()
