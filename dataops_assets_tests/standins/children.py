"""A server as a child process that never outlives the one who started it.

The child reads its standard input, which nobody writes to: it ends when the last process that holds the other end of
the pipe is gone, however it went. It says where it listens in one line of JSON on its standard output.
"""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_STOP_SECONDS = 5


class StandInFailed(RuntimeError):
    """A stand-in could not be set up, did not start, or is gone."""


class Child:
    """A running server. address: what it announced. folder: of its own, removed when it stops."""

    def __init__(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        self.name = name
        self._temporary = tempfile.TemporaryDirectory(prefix=f"dataops-{name}-")
        self.folder = Path(self._temporary.name)
        self._log = self.folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the parent, which stops its servers in order
            )

    def address(self, seconds: float) -> dict[str, Any]:
        """What the child announces once it serves; raises StandInFailed with the end of its log."""
        stdout = self.process.stdout
        assert stdout is not None
        ready, _, _ = select.select([stdout], [], [], seconds)
        line = stdout.readline() if ready else b""
        if not line:
            message = self._log.read_text(errors="replace")[-2000:]
            self.stop()
            raise StandInFailed(f"the stand-in {self.name} did not start in {seconds:.0f} s; it said:\n{message}")
        return json.loads(line)

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self._temporary.cleanup()


def announce(**address: Any) -> None:
    """In the child: it serves, and this is where."""
    sys.stdout.write(json.dumps(address) + "\n")
    sys.stdout.flush()


def end_with_parent(cleanup: Callable[[], object] = lambda: None) -> None:
    """In the child: a thread that ends the process, and removes its folder, once standard input is closed."""

    folder = os.getcwd()

    def watch() -> None:
        while os.read(0, 1024):
            pass
        shutil.rmtree(folder, ignore_errors=True)  # whoever would have done it may have been killed
        with contextlib.suppress(Exception):
            cleanup()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def wait_for(reached: Callable[[], bool], seconds: float, what: str) -> None:
    """Until `reached`; raises StandInFailed."""
    limit = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > limit:
            raise StandInFailed(f"{what} did not happen in {seconds:.0f} s")
        time.sleep(0.02)
