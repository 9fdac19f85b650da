"""`dataops ui`: Dagster's webserver and daemon on this project's instance."""

import os
import signal
import sys
from argparse import Namespace
from pathlib import Path

from dataops_assets import runner
from dataops_assets.build import load_project
from dataops_assets.commands.shared import out


def ui(options: Namespace) -> int:
    """Becomes `dagster dev`; does not return."""
    settings = load_project().settings
    with runner.open_instance(settings):
        pass  # makes the folder and the configuration that `dagster dev` reads
    # The processes that Dagster starts need not run in this folder, and shall find the same state.
    os.environ["DATAOPS_HOME"] = str(settings.home)
    out.print(f"Dagster is starting on http://{options.host}:{options.port} (stop it with Ctrl-C)")
    dagster = Path(sys.executable).with_name("dagster")
    arguments = ["dev", "-m", "dataops_assets.definitions", "-h", options.host, "-p", str(options.port)]
    sys.stdout.flush()
    # A shell that starts this in the background has it ignore SIGINT, and Dagster treats SIGTERM as it does SIGINT:
    # neither would end it. A signal with a handler is back at its default in the program that follows.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.execv(dagster, [str(dagster), *arguments])  # noqa: S606
