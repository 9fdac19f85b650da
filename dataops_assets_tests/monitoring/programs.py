"""Prometheus, Alertmanager and the Pushgateway of a test's own: Debian's, on free ports of this machine."""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "amtool": "prometheus-alertmanager",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-pushgateway": "prometheus-pushgateway",
}


def program(name: str) -> str:
    """Where it is. The test fails, with the reason, where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"there is no {name} on this machine; on Debian: apt-get install {PACKAGES[name]}")
    return found


def checked(name: str, *arguments: str | Path) -> str:
    """What the program says of it, which has to be that it is right."""
    done = subprocess.run(
        [program(name), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running(name: str, folder: Path, ready: str, arguments: Sequence[str]) -> Iterator[None]:
    """Run the program in the block. ready: the address that answers once it is."""
    log = folder / f"{name}.log"
    with log.open("w") as said:
        process = subprocess.Popen([program(name), *arguments], stdout=said, stderr=said, cwd=folder)
        try:
            until(lambda: process.poll() is not None or answer(ready) is not None, f"{name} is ready", 60)
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answer(address: str, **query: str) -> str | None:
    """What is answered there; None if nothing is, or an error."""
    try:
        with urllib.request.urlopen(f"{address}?{urllib.parse.urlencode(query)}", timeout=10) as found:
            return found.read().decode()
    except (urllib.error.URLError, OSError):
        return None


def asked(address: str, **query: str) -> Any:
    """The `data` of an answer of Prometheus' API."""
    text = answer(address, **query)
    assert text is not None, address
    return json.loads(text)["data"]


def until(happens: Callable[[], object], what: str, seconds: float = 180) -> None:
    """Wait until it does; the test fails if it has not by then."""
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            pytest.fail(f"after {seconds:.0f} seconds it is not so that {what}")
        time.sleep(0.1)
