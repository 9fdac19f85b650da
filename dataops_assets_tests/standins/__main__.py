"""Runs both stand-ins: until interrupted, or for one command.

python -m dataops_assets_tests.standins                  prints the variables to export
python -m dataops_assets_tests.standins -- COMMAND …     runs the command with them set; its exit code is the answer
"""

import os
import shlex
import signal
import subprocess
import sys

from dataops_assets_tests.standins.children import StandInFailed
from dataops_assets_tests.standins.cloud import running


def main(arguments: list[str]) -> int:
    if arguments and (arguments[0] != "--" or len(arguments) == 1):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        with running() as cloud:
            if arguments:
                return subprocess.run(arguments[1:], env={**os.environ, **cloud.environment}, check=False).returncode
            for name, value in cloud.environment.items():
                print(f"export {name}={shlex.quote(value)}", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        return 130
    except StandInFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
