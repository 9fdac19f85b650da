"""Ctrl-C where nothing is written ends the process at once, with one line and no traceback."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dataops_assets.commands.interrupts import CODE, WORDS, at_once

QUERY = "select count(*) from range(100000) as a, range(1000000) as b where a.range * b.range % 7 = 1"
"""It computes for hours, and looks for an interrupt when it has an answer."""
MAIN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
from dataops_assets.cli import main
print("begun", flush=True)
sys.exit(main(sys.argv[1:]))
"""


def interrupted(home: Path, after: float, *arguments: str) -> tuple[int, str]:
    """Exit code and errors of a command that is sent SIGINT some seconds after it has begun."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {"DATAOPS_HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", MAIN, *arguments]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            pytest.fail("the interrupt was not heard")
    return process.returncode, errors


@pytest.mark.parametrize("after", [0.2, 0.7, 3])
def test_a_query_that_computes_or_has_not_begun(home: Path, after: float) -> None:
    assert interrupted(home, after, "query", QUERY) == (CODE, f"{WORDS}\n")


@pytest.mark.parametrize("command", ["status", "run", "rebuild"])
def test_what_is_still_being_imported(home: Path, command: str) -> None:
    assert interrupted(home, 0.6, command) == (CODE, f"{WORDS}\n")


def test_behind_it_an_interrupt_is_an_exception_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with at_once():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert [thread for thread in threading.enumerate() if "_watch" in thread.name] == []


def test_where_the_signal_is_ignored_it_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with at_once():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_it_does_nothing() -> None:
    seen = []

    def work() -> None:
        with at_once():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
