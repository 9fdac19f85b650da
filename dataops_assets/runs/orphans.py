"""Runs whose process is gone. `dataops run` runs in its own process, of which nobody knows when it is killed: its run
would count as running for hours, and keep those of the UI and of the schedules waiting for a place.
"""

import os
import socket
from pathlib import Path

import dagster as dg

TAG = "dataops/process"
"""Of a run: host, process id, and when the process began, since ids are given again."""


def this_process() -> str:
    """What the tag says of this process."""
    return f"{socket.gethostname()} {os.getpid()} {_began(os.getpid())}"


def end_orphans(instance: dg.DagsterInstance) -> list[str]:
    """Report the runs of this host whose process is gone as failed; returns their ids."""
    running = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]))
    # The UI gives a run that somebody starts again the tags of the first; it runs elsewhere.
    gone = [run for run in running if run.parent_run_id is None and _is_gone(run.tags.get(TAG, ""))]
    for run in gone:
        instance.report_run_failed(run, "The process that ran it is gone. Run the same command again.")
    return [run.run_id for run in gone]


def _is_gone(process: str) -> bool:
    host, _, rest = process.partition(" ")
    pid, _, began = rest.partition(" ")
    return host == socket.gethostname() and pid.isdigit() and _began(int(pid)) != began


def _began(pid: int) -> str | None:
    """None if there is no such process; its start in ticks of the kernel, where that is told."""
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        except OSError:
            return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""
