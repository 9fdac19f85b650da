"""`dataops ui`: Dagster's webserver and daemon on this project's instance."""

import os
import signal
import socket
import sys
from argparse import Namespace
from pathlib import Path

from dataops_assets.build import load_project
from dataops_assets.commands.shared import Unusable, out
from dataops_assets.layers.describe import GROUPS
from dataops_assets.runs import runner
from dataops_assets.runs.origin import MODULE

_LINEAGE = "/asset-groups?expanded=" + ",".join(f"global@global:{group}" for group in GROUPS.values())
"""The graph with its groups open: Dagster draws a closed one without the state of what is in it."""


def ui(options: Namespace) -> int:
    """Becomes `dagster dev`; does not return."""
    _check_free(options.host, options.port)
    settings = load_project().settings
    with runner.open_instance(settings):
        pass  # makes the folder and the configuration that `dagster dev` reads
    # The processes that Dagster starts need not run in this folder, and shall find the same state.
    os.environ["DATAOPS_HOME"] = str(settings.home)
    # A backfill that is looked at while the code location is started again waits for it, instead of being given up.
    os.environ.setdefault("DAGSTER_BACKFILL_RETRY_DEFINITION_CHANGED_ERROR", "1")
    address = f"http://{options.host}:{options.port}"
    out.print(f"Dagster is starting on {address} (stop it with Ctrl-C)")
    out.print(f"All tables, and which are bad: {address}{_LINEAGE}", soft_wrap=True)
    dagster = Path(sys.executable).with_name("dagster")
    arguments = ["dev", "-m", MODULE, "-h", options.host, "-p", str(options.port)]
    sys.stdout.flush()
    # A shell that starts this in the background has it ignore SIGINT, and Dagster treats SIGTERM as it does SIGINT:
    # neither would end it. A signal with a handler is back at its default in the program that follows.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.execv(dagster, [str(dagster), *arguments])  # noqa: S606


def _check_free(host: str, port: int) -> None:
    """`dagster dev` would wait for a webserver that cannot start."""
    try:
        with socket.create_server((host, port), reuse_port=False):
            pass
    except OSError as error:
        raise Unusable(
            f"cannot listen on {host}:{port}: {error.strerror}; is it open already? Another port: "
            f"dataops ui --port {port + 1}"
        ) from error
