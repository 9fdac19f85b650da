"""What a step takes of this machine: time, processors, memory."""

import sys
import time


class Taken:
    """Measures from its making on. All threads of the process count, and nothing that a service does elsewhere."""

    def __init__(self) -> None:
        self._began, self._cpu = time.monotonic(), time.process_time()

    def until_now(self) -> dict[str, int | float]:
        """By name of the metadata. step/seconds: by the clock. step/cpu_seconds: of all processors.
        step/peak_memory_bytes: the most that the process has had so far: it has one step at a time, and in a deployment
        a run of its own, so that this says what a run needs. Not on Windows, which does not tell it.
        """
        found: dict[str, int | float] = {
            "step/seconds": round(time.monotonic() - self._began, 3),
            "step/cpu_seconds": round(time.process_time() - self._cpu, 3),
        }
        if sys.platform != "win32":
            import resource

            unit = 1 if sys.platform == "darwin" else 1024
            found["step/peak_memory_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        return found
